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
  /** List length of each source. Use the serving length, because a source adds nothing to items it does not find. */
  readonly candidatesPerSource: number;
  /** Maximum number of queries, spread evenly over the fold. */
  readonly maxQueries: number;
  readonly normalization?: NormalizationName;
  checkpoint(done: number, total: number): Promise<void>;
}

export interface BlendWeights {
  /** In the order of the sources; > 0, sum 1. */
  readonly weights: readonly number[];
  /** Mean NDCG@100 on the fold with these weights, over all queries used. */
  readonly ndcg: number;
  /** The same with one source alone, in the order of the sources. */
  readonly ndcgAlone: readonly number[];
  readonly queryCount: number;
}

/**
 * Finds the blend weights with the highest NDCG@100 on a fold that the sources were not fitted on.
 *
 * The cutoff is 100 because a few hundred queries hit the top ten too seldom to tell weights apart. The metric is
 * piecewise constant, so the search is direct. It starts from equal weights or from the best single source, whichever
 * is better, and moves weight between pairs of sources in ever smaller steps while that helps. There is no randomness:
 * equal input gives equal weights.
 *
 * @param sources At least one; their weights come back in this order.
 * @param fold Validation, never test.
 * @returns Equal weights when no source finds any target.
 * @remarks Every source retrieves once per query; the search then needs ~200 passes over the candidates.
 */
export async function fitBlendWeights(
  sources: readonly UnweightedSource[],
  fold: Fold,
  options: FitBlendWeightsOptions,
): Promise<BlendWeights> {
  const [weights] = await fitBlendWeightsOfParts(sources, fold, [{ includes: () => true }], options);
  return weights;
}

/** What weights are learned on, and for which sources. */
export interface WeightsPart {
  /** Whether a query belongs to the part; parts may share queries. */
  includes(query: EvaluationQuery): boolean;
  /** Indices of the sources that may get weight; absent: all. */
  readonly among?: readonly number[];
}

/**
 * Finds weights as {@link fitBlendWeights} does, for each of several parts of the fold's queries; the sources retrieve
 * once for all.
 */
export async function fitBlendWeightsOfParts(
  sources: readonly UnweightedSource[],
  fold: Fold,
  parts: readonly WeightsPart[],
  options: FitBlendWeightsOptions,
): Promise<BlendWeights[]> {
  const queries = spread(fold.queries, options.maxQueries);
  const tables = await collectTables(sources, fold, queries, options);
  // Parts that share queries try mostly the same weights: each is computed once for all.
  const known = new Map<string, Float64Array>();
  const gainsOf = (weights: readonly number[]): Float64Array => {
    const key = weights.join();
    const gains = known.get(key) ?? Float64Array.from(tables, (table) => discountedGain(table, weights));
    if (parts.length > 1) known.set(key, gains);
    return gains;
  };
  return parts.map(({ includes, among = Array.from(sources.keys()) }) => {
    const rows = Array.from(tables.keys()).filter((row) => includes(tables[row].query));
    const queryCount = queries.filter(includes).length;
    return findWeights(
      sources.length,
      (weights) => {
        const gains = gainsOf(weights);
        return queryCount === 0 ? 0 : rows.reduce((sum, row) => sum + gains[row], 0) / queryCount;
      },
      queryCount,
      among,
    );
  });
}

/**
 * @param ndcgOf Mean NDCG over `queryCount` queries with these weights.
 * @param among Indices of the sources that may get weight.
 */
function findWeights(
  sourceCount: number,
  ndcgOf: (weights: readonly number[]) => number,
  queryCount: number,
  among: readonly number[],
): BlendWeights {
  const sources = Array.from({ length: sourceCount }, (_, source) => source);
  const ndcgAlone = sources.map((_, source) => ndcgOf(sources.map((_, other) => (other === source ? 1 : 0))));
  const strongest = among.reduce((best, source) => (ndcgAlone[source] > ndcgAlone[best] ? source : best));
  const equal = sources.map((source) => (among.includes(source) ? 1 / among.length : 0));
  // Not the corner itself, because most moves from there change nothing.
  const nearStrongest = sources.map((source) => (source === strongest ? 0.8 : 0) + 0.2 * equal[source]);
  const start = ndcgOf(nearStrongest) > ndcgOf(equal) ? nearStrongest : equal;
  const weights = climb(start, ndcgOf, among).map((weight) => weight * (1 - EVEN_SHARE) + EVEN_SHARE / sources.length);
  return { weights, ndcg: ndcgOf(weights), ndcgAlone, queryCount };
}

/**
 * Share of the weight that is divided evenly. A source without learned weight must still rank when the others find
 * nothing, as popularity does for a visitor without a history.
 */
const EVEN_SHARE = 0.006;

/** Returns whether a source has nothing but its part of the weight that is divided evenly. */
export function hasNoWeight({ weights }: Pick<BlendWeights, 'weights'>, index: number): boolean {
  return weights[index] <= EVEN_SHARE / weights.length + 1e-9;
}

const STEPS = [0.2, 0.1, 0.05, 0.02];

/** Moves weight between pairs of sources while that raises the metric, first in large steps, then in small ones. */
function climb(
  start: readonly number[],
  ndcgOf: (weights: readonly number[]) => number,
  among: readonly number[],
): readonly number[] {
  let weights = [...start];
  let ndcg = ndcgOf(weights);
  for (const step of STEPS) {
    for (let improved = true; improved; ) {
      improved = false;
      for (const from of among) {
        for (const to of among) {
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
  return weights.map((weight) => weight / total);
}

/** One query's candidates, likely best first. */
interface QueryTable {
  readonly query: EvaluationQuery;
  /** Each source's contribution to each candidate at weight 1, [candidateCount × sourceCount]. */
  readonly contributions: Float32Array;
  readonly itemIndices: Int32Array;
  /** Positions of the targets among the candidates; targets that no source found are left out. */
  readonly targets: readonly number[];
  /** Number of targets in the query, found or not. */
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
    for (let item = 0; item < excluded.length; item++) excluded[item] = availableFrom[item] < query.asOf ? 0 : 1;
    for (const item of query.history.itemIndices) excluded[item] = 1;
    const lists = await Promise.all(
      sources.map(async ({ name, model }) => ({
        name,
        weight: 1,
        items: await model.retrieve(query, candidatesPerSource, excluded),
      })),
    );
    const blended = blendCandidates(lists, candidatesPerSource * sources.length, normalization);
    const { itemIndices } = blended;
    const targets = [...query.targets].map((target) => itemIndices.indexOf(target)).filter((at) => at >= 0);
    if (targets.length > 0) {
      const idealGain = query.targets.reduce((sum, _, rank) => sum + 1 / Math.log2(rank + 2), 0);
      const contributions = transpose(blended.contributions, sources.length, itemIndices.length);
      tables.push({ query, contributions, itemIndices, targets, idealGain });
    }
    if (index % 32 === 0) await checkpoint(index, queries.length);
  }
  return tables;
}

const CUTOFF = 100;

function discountedGain(
  { contributions, itemIndices, targets, idealGain }: QueryTable,
  weights: readonly number[],
): number {
  let gain = 0;
  for (const target of targets) {
    const score = weighted(contributions, target, weights);
    let better = 0;
    // Likely best first, so that a target beyond the cutoff is detected early.
    for (let at = 0; at < itemIndices.length && better < CUTOFF; at++) {
      const other = weighted(contributions, at, weights);
      if (other > score || (other === score && itemIndices[at] < itemIndices[target])) better++;
    }
    if (better < CUTOFF) gain += 1 / Math.log2(better + 2);
  }
  return gain / idealGain;
}

function weighted(contributions: Float32Array, candidate: number, weights: readonly number[]): number {
  const base = candidate * weights.length;
  let score = 0;
  for (let source = 0; source < weights.length; source++) score += weights[source] * contributions[base + source];
  return score;
}

function transpose(table: Float32Array, rowCount: number, columnCount: number): Float32Array {
  const transposed = new Float32Array(table.length);
  for (let row = 0; row < rowCount; row++) {
    for (let column = 0; column < columnCount; column++) {
      transposed[column * rowCount + row] = table[row * columnCount + column];
    }
  }
  return transposed;
}

function spread<T>(values: readonly T[], count: number): readonly T[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)]);
}
