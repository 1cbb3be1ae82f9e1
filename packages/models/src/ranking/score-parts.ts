import { ndcgAtK } from '@matinee/gbdt';
import type { RankingRows } from './collect-ranking-rows.ts';

/** One scorer's scores of all rows of a table. */
export interface ScoredPart {
  readonly name: string;
  /** Length rowCount. */
  readonly scores: Float64Array;
}

/** What a choice of weights reads of a table. */
export type LabelledGroups = Pick<RankingRows, 'rowCount' | 'labels' | 'groupSizes'>;

/** How the scores of parts are combined: `Σ factors[p] · scores of part p`. */
export interface PartWeights {
  readonly factors: readonly number[];
  readonly ndcg: number;
}

/** Grid steps of each part's share. */
const STEPS = 10;

/**
 * Finds the weights of several rankers on rows that none was fitted on. It tries all shares in steps of a tenth, on
 * scores scaled to equal spread within a query. The metric is the mean of NDCG@10 and NDCG@100 over the queries whose
 * target is among the rows. The result is half way between the best shares and equal ones: a thousand queries separate
 * good parts from bad ones but not good ones from each other, and an average of several has a smaller error.
 *
 * @param parts One to three.
 * @returns Factors for raw scores, scaled so that the sum has the spread of the first part.
 */
export function weighParts(parts: readonly ScoredPart[], rows: LabelledGroups): PartWeights {
  const spreads = parts.map(({ scores }) => meanSpread(scores, rows.groupSizes));
  const combined = new Float64Array(rows.rowCount);
  let best: { shares: readonly number[]; ndcg: number } | undefined;
  for (const shares of sharesOf(parts.length, STEPS)) {
    combined.fill(0);
    for (const [part, share] of shares.entries()) {
      const factor = share / spreads[part];
      const { scores } = parts[part];
      for (let row = 0; row < combined.length; row++) combined[row] += factor * scores[row];
    }
    const ndcg = qualityOf(combined, rows);
    if (best === undefined || ndcg > best.ndcg) best = { shares, ndcg };
  }
  const { shares, ndcg } = best as { shares: readonly number[]; ndcg: number };
  const drawn = shares.map((share) => (share + 1 / parts.length) / 2);
  return { factors: drawn.map((share, part) => (share * spreads[0]) / spreads[part]), ndcg };
}

/** Mean of NDCG@10 and NDCG@100 over the queries. */
export function qualityOf(scores: Float64Array, { labels, groupSizes }: LabelledGroups): number {
  return (ndcgAtK(scores, labels, groupSizes, 10) + ndcgAtK(scores, labels, groupSizes, 100)) / 2;
}

/** Returns Σ factors[p] · scores of part p, a row. */
export function combineParts(parts: readonly ScoredPart[], factors: readonly number[]): Float64Array {
  const total = new Float64Array(parts[0].scores.length);
  for (const [index, { scores }] of parts.entries()) {
    for (let row = 0; row < total.length; row++) total[row] += factors[index] * scores[row];
  }
  return total;
}

/** All ways to divide `steps` among the parts, in descending order of the first part's share. */
function* sharesOf(parts: number, steps: number): Generator<readonly number[]> {
  if (parts === 1) {
    yield [steps / STEPS];
    return;
  }
  for (let first = steps; first >= 0; first--) {
    for (const rest of sharesOf(parts - 1, steps - first)) yield [first / STEPS, ...rest];
  }
}

/** Root of the mean variance within a query; 1 if nothing varies. */
export function meanSpread(scores: Float64Array, groupSizes: Int32Array): number {
  let total = 0;
  let start = 0;
  for (const size of groupSizes) {
    let sum = 0;
    let squares = 0;
    for (let row = start; row < start + size; row++) {
      sum += scores[row];
      squares += scores[row] ** 2;
    }
    total += squares / size - (sum / size) ** 2;
    start += size;
  }
  const variance = total / groupSizes.length;
  return variance > 0 ? Math.sqrt(variance) : 1;
}
