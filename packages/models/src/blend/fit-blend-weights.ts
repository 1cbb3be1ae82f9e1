import type { RetrievalModel } from '../retrieval/retrieval-model.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import { BLEND_NORMALIZATION, blendCandidates } from './blend-candidates.ts';
import type { NormalizationName } from './normalize-scores.ts';

/** A source whose weight is to be learned. */
export interface UnweightedSource {
  readonly name: string;
  readonly model: RetrievalModel;
}

export interface FitBlendWeightsOptions {
  /** List length of each source: the same as at serving, since what a source does not find it gives nothing to. */
  readonly candidatesPerSource: number;
  /** At most so many queries of the fold are asked, evenly spread over them. */
  readonly maxQueries: number;
  readonly normalization?: NormalizationName;
  checkpoint(done: number, total: number): Promise<void>;
}

export interface BlendWeights {
  /** In the order of the sources; ≥ 0, sum 1. */
  readonly weights: readonly number[];
  /** Mean NDCG@100 on the fold with these weights, over all queries asked. */
  readonly ndcg: number;
  /** The same with one source alone, in the order of the sources. */
  readonly ndcgAlone: readonly number[];
  readonly queryCount: number;
}

/**
 * Learns the weights of a blend: those with the highest NDCG@100 on a fold that the sources were not fitted on.
 *
 * NDCG at 100 rather than at 10: a few hundred queries hit the top ten too seldom to tell weights apart. The metric is
 * piecewise constant, so the search is direct: from equal weights and from the best single source, weight is moved
 * between pairs of sources in ever smaller steps as long as that helps. No randomness: equal input, equal weights.
 *
 * @param sources At least one; their weights come back in this order.
 * @param fold Validation, never test.
 * @returns Equal weights when no source finds any target.
 * @remarks Every source is asked once per query; the search then needs ~200 passes over the candidates.
 */
export async function fitBlendWeights(
  sources: readonly UnweightedSource[],
  fold: Fold,
  options: FitBlendWeightsOptions,
): Promise<BlendWeights> {
  const queries = spread(fold.queries, options.maxQueries);
  const tables = await collectTables(sources, fold, queries, options);
  const ndcgOf = (weights: readonly number[]): number => {
    let total = 0;
    for (const table of tables) total += discountedGain(table, weights);
    return queries.length === 0 ? 0 : total / queries.length;
  };
  const equal = sources.map(() => 1 / sources.length);
  const ndcgAlone = sources.map((_, source) => ndcgOf(sources.map((_, other) => (other === source ? 1 : 0))));
  const strongest = ndcgAlone.indexOf(Math.max(...ndcgAlone));
  let best = climb(equal, ndcgOf);
  // Not quite alone: from a corner of the simplex most moves lead nowhere.
  const nearCorner = sources.map((_, source) => (source === strongest ? 0.8 : 0) + 0.2 / sources.length);
  const fromCorner = climb(nearCorner, ndcgOf);
  if (fromCorner.ndcg > best.ndcg) best = fromCorner;
  return { weights: best.weights, ndcg: best.ndcg, ndcgAlone, queryCount: queries.length };
}

const STEPS = [0.2, 0.1, 0.05, 0.025, 0.0125];

/** Moves weight between pairs of sources while that raises the metric, first in large steps, then in small ones. */
function climb(
  start: readonly number[],
  ndcgOf: (weights: readonly number[]) => number,
): { weights: number[]; ndcg: number } {
  let weights = [...start];
  let ndcg = ndcgOf(weights);
  for (const step of STEPS) {
    for (let improved = true; improved; ) {
      improved = false;
      for (let from = 0; from < weights.length; from++) {
        for (let to = 0; to < weights.length; to++) {
          const moved = Math.min(step, weights[from]);
          if (from === to || moved <= 0) continue;
          const candidate = weights.with(from, weights[from] - moved).with(to, weights[to] + moved);
          const candidateNdcg = ndcgOf(candidate);
          if (candidateNdcg <= ndcg + 1e-9) continue;
          weights = candidate;
          ndcg = candidateNdcg;
          improved = true;
        }
      }
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { weights: weights.map((weight) => weight / total), ndcg };
}

/** One query's candidates: what every source would give each of them at weight 1, [sourceCount × candidateCount]. */
interface QueryTable {
  readonly contributions: Float32Array;
  readonly candidateCount: number;
  /** Positions of the targets among the candidates; those no source found are not in it. */
  readonly targets: readonly number[];
  /** Of the targets in the query, found or not. */
  readonly idealGain: number;
}

async function collectTables(
  sources: readonly UnweightedSource[],
  { availableFrom }: Fold,
  queries: readonly EvaluationQuery[],
  { candidatesPerSource, normalization = BLEND_NORMALIZATION, checkpoint }: FitBlendWeightsOptions,
): Promise<QueryTable[]> {
  const tables: QueryTable[] = [];
  const excluded = new Uint8Array(availableFrom.length);
  for (const [index, query] of queries.entries()) {
    for (let item = 0; item < excluded.length; item++) excluded[item] = availableFrom[item] <= query.asOf ? 0 : 1;
    for (const item of query.history.itemIndices) excluded[item] = 1;
    const lists = sources.map(({ name, model }) => ({
      name,
      weight: 1,
      items: model.retrieve(query, candidatesPerSource, excluded),
    }));
    const blended = blendCandidates(lists, candidatesPerSource * sources.length, normalization);
    // Ascending item index, so that the position decides ties as the blend does.
    const order = Array.from(blended.itemIndices.keys()).sort(
      (a, b) => blended.itemIndices[a] - blended.itemIndices[b],
    );
    const contributions = new Float32Array(blended.contributions.length);
    for (let source = 0; source < sources.length; source++) {
      for (const [slot, position] of order.entries()) {
        contributions[source * order.length + slot] = blended.contributions[source * order.length + position];
      }
    }
    const targets = [...query.targets]
      .map((target) => order.findIndex((position) => blended.itemIndices[position] === target))
      .filter((slot) => slot >= 0);
    if (targets.length > 0) {
      const idealGain = query.targets.reduce((sum, _, rank) => sum + 1 / Math.log2(rank + 2), 0);
      tables.push({ contributions, candidateCount: order.length, targets, idealGain });
    }
    if (index % 32 === 0) await checkpoint(index, queries.length);
  }
  return tables;
}

const CUTOFF = 100;

function discountedGain(
  { contributions, candidateCount, targets, idealGain }: QueryTable,
  weights: readonly number[],
): number {
  const scores = new Float32Array(candidateCount);
  for (const [source, weight] of weights.entries()) {
    if (weight === 0) continue;
    const base = source * candidateCount;
    for (let slot = 0; slot < candidateCount; slot++) scores[slot] += weight * contributions[base + slot];
  }
  let gain = 0;
  for (const target of targets) {
    const score = scores[target];
    let better = 0;
    for (let slot = 0; slot < candidateCount; slot++) {
      if (scores[slot] > score || (scores[slot] === score && slot < target)) better++;
    }
    if (better < CUTOFF) gain += 1 / Math.log2(better + 2);
  }
  return gain / idealGain;
}

function spread<T>(values: readonly T[], count: number): readonly T[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)]);
}
