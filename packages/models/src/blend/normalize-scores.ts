/** Scales one source's scores, best first, so that scores of different sources can be added. */
type Normalization = (scores: Float32Array) => Float32Array;

/**
 * The rules that were compared. Each preserves the order; a negative score (evidence against) stays negative or lowest.
 */
export const NORMALIZATIONS = {
  /** score / largest magnitude: in [−1, 1]. Preserves the gaps between scores. */
  max: (scores) => {
    const largest = scores.reduce((held, score) => Math.max(held, Math.abs(score)), 0);
    return largest > 0 ? scores.map((score) => score / largest) : scores.slice();
  },
  /** From 1 for the best to 0 for the last, in proportion. */
  'min-max': (scores) => {
    const last = scores[scores.length - 1];
    const range = scores[0] - last;
    return scores.map((score) => (range > 0 ? (score - last) / range : 1));
  },
  /** 1 / log2(1 + rank): depends on the ranks only. */
  'log-rank': (scores) => scores.map((score, index) => Math.sign(score) / Math.log2(index + 2)),
  /**
   * 61 / (60 + rank), from 1 for the best; evidence against counts from the other end, −1 for the worst. The constant
   * is that of Cormack, Clarke & Büttcher (2009), Reciprocal rank fusion outperforms Condorcet, SIGIR.
   */
  'reciprocal-rank': (scores) => {
    const shares = new Float32Array(scores.length);
    for (let index = 0; index < shares.length; index++) {
      shares[index] = scores[index] < 0 ? -61 / (60 + shares.length - index) : 61 / (61 + index);
    }
    return shares;
  },
  /** Standard deviations above the mean of the list, from the last one up. */
  'z-score': (scores) => {
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
    return scores.map((score) => (variance > 0 ? (score - scores[scores.length - 1]) / Math.sqrt(variance) : 1));
  },
  /** exp((score − best) / mean gap to the best): in (0, 1]. */
  softmax: (scores) => {
    const temperature = scores.reduce((sum, score) => sum + scores[0] - score, 0) / scores.length;
    return scores.map((score) => (temperature > 0 ? Math.exp((score - scores[0]) / temperature) : 1));
  },
} as const satisfies Record<string, Normalization>;

export type NormalizationName = keyof typeof NORMALIZATIONS;
