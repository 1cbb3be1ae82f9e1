import { MatineeError } from '@matinee/numerics';
import type { TrainingSet } from '../features/feature-matrix.ts';
import type { Objective } from '../model/gbdt-config.ts';
import { exponential } from './exponential.ts';

type LambdamartObjective = Required<Extract<Objective, { kind: 'lambdamart' }>>;

/** Longest query that is sorted by insertion; above it a changed order could make insertion sort too slow. */
const INSERTION_SORT_LIMIT = 512;

/**
 * Ranking queries with their gains, and their rows in the order of the last sort.
 *
 * **Ties.** Rows with equal scores are ranked with the *lower* gain first, then by position. The order of the input
 * therefore cannot improve a metric or leak the label, and a constant model gets the worst NDCG, not the best.
 * **Queries whose rows all have the same gain** (or that have one row) give no gradient. **Queries whose gains are all
 * 0** are left out of NDCG instead of counting as 0 or 1.
 */
export interface RankingQueries {
  /** Length queryCount + 1. Query `q` has the rows `starts[q] … starts[q + 1] − 1`. */
  readonly starts: Int32Array;
  /** [rowCount], ≥ 0. */
  readonly gains: Float64Array;
  /** [queryCount]: mean weight of the query's rows. */
  readonly weights: Float64Array;
  /** [queryCount]: weight / ideal DCG at the cutoff; 0 when all gains are 0. */
  readonly scales: Float64Array;
  /** [rowCount]: row numbers of each query, best first. Scratch: each sort starts from the previous order. */
  readonly order: Int32Array;
  /** [rowCount]: e^(σ (score − best score of the query)). Scratch for the gradients. */
  readonly odds: Float64Array;
  readonly cutoff: number;
  /** [cutoff]: 1 / log2(rank + 2). */
  readonly discounts: Float64Array;
}

/**
 * Reads groups and grades from a checked training set.
 *
 * @throws {MatineeError} `BAD_LABELS` for a grade without a gain.
 */
export function prepareQueries(set: TrainingSet, objective: LambdamartObjective, cutoff: number): RankingQueries {
  const groupSizes = set.groupSizes ?? new Int32Array(0);
  const rowCount = set.labels.length;
  const starts = new Int32Array(groupSizes.length + 1);
  groupSizes.forEach((size, query) => {
    starts[query + 1] = starts[query] + size;
  });
  const gains = Float64Array.from(set.labels, (label, row) => gainOf(label, row, objective.labelGains));
  const discounts = Float64Array.from({ length: cutoff }, (_, rank) => 1 / Math.log2(rank + 2));
  const weights = new Float64Array(groupSizes.length);
  const scales = new Float64Array(groupSizes.length);
  for (let query = 0; query < groupSizes.length; query++) {
    const ideal = gains
      .slice(starts[query], starts[query + 1])
      .sort()
      .reverse()
      .subarray(0, cutoff);
    const idealDcg = ideal.reduce((sum, gain, rank) => sum + gain * discounts[rank], 0);
    const size = groupSizes[query];
    weights[query] = set.weights
      ? set.weights.subarray(starts[query], starts[query + 1]).reduce((sum, weight) => sum + weight, 0) / size
      : 1;
    scales[query] = idealDcg > 0 ? weights[query] / idealDcg : 0;
  }
  return {
    starts,
    gains,
    weights,
    scales,
    order: Int32Array.from({ length: rowCount }, (_, row) => row),
    odds: new Float64Array(rowCount),
    cutoff,
    discounts,
  };
}

/**
 * Checks that at least one query has two rows with different gains.
 *
 * @throws {MatineeError} `ONE_CLASS` if there is no such query.
 */
export function checkSomethingToRank({ starts, gains }: RankingQueries): void {
  for (let query = 0; query + 1 < starts.length; query++) {
    for (let row = starts[query] + 1; row < starts[query + 1]; row++) if (gains[row] !== gains[row - 1]) return;
  }
  throw new MatineeError('ONE_CLASS', 'no query holds two rows of different gain, so there is no pair to learn from');
}

function gainOf(label: number, row: number, labelGains: LambdamartObjective['labelGains']): number {
  if (labelGains === 'linear') {
    if (label >= 0) return label;
    throw new MatineeError('BAD_LABELS', `labels[${row}] is ${label}; linear gains must be ≥ 0`);
  }
  const most = labelGains === 'exponential' ? 30 : labelGains.length - 1;
  if (!(Number.isInteger(label) && label >= 0 && label <= most)) {
    throw new MatineeError(
      'BAD_LABELS',
      `labels[${row}] is ${label}; grades must be whole numbers from 0 to ${most}, or set labelGains: 'linear'`,
    );
  }
  return labelGains === 'exponential' ? 2 ** label - 1 : labelGains[label];
}

/** One ranking goal: the grade of every row, the gain of each grade, and the goal's weight. */
export interface RankingGoal {
  readonly name: string;
  /** Length rowCount; whole numbers that index `gains`. */
  readonly grades: ArrayLike<number>;
  readonly gains: readonly number[];
  readonly weight: number;
}

/**
 * Combines several goals (watched, liked, finished, …) into one gain per row: Σ weight · gains[grade].
 *
 * Train on the result with `labelGains: 'linear'`.
 *
 * @throws {MatineeError} `BAD_LABELS` naming the goal and row of a grade without a gain, or goals of unequal length.
 * @see Svore, Volkovs, Burges (2011), Learning to rank with multiple objective functions: graded goals in one gain.
 */
export function combineRankingGoals(goals: readonly RankingGoal[]): Float32Array {
  if (goals.length === 0) throw new MatineeError('BAD_LABELS', 'goals is empty; give at least one');
  const combined = new Float32Array(goals[0].grades.length);
  for (const { name, grades, gains, weight } of goals) {
    if (grades.length !== combined.length) {
      throw new MatineeError('BAD_LABELS', `goal "${name}" has ${grades.length} grades, the first ${combined.length}`);
    }
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new MatineeError('BAD_LABELS', `goal "${name}" has weight ${weight}; weights are finite and ≥ 0`);
    }
    for (let row = 0; row < combined.length; row++) {
      const gain = gains[grades[row]];
      if (!(gain >= 0)) {
        throw new MatineeError('BAD_LABELS', `goal "${name}", row ${row}: grade ${grades[row]} has no gain ≥ 0`);
      }
      combined[row] += weight * gain;
    }
  }
  return combined;
}

/** Returns whether `a` ranks before `b`: higher score, then lower gain, then earlier row. */
function ranksBefore(a: number, b: number, scores: Float64Array, gains: Float64Array): boolean {
  if (scores[a] !== scores[b]) return scores[a] > scores[b];
  if (gains[a] !== gains[b]) return gains[a] < gains[b];
  return a < b;
}

/** Sorts one query by score, starting from its last order because scores change little between trees. */
function sortQuery({ order, starts, gains }: RankingQueries, query: number, scores: Float64Array): void {
  const start = starts[query];
  const end = starts[query + 1];
  if (end - start > INSERTION_SORT_LIMIT) {
    order.subarray(start, end).sort((a, b) => (ranksBefore(a, b, scores, gains) ? -1 : 1));
    return;
  }
  for (let position = start + 1; position < end; position++) {
    const row = order[position];
    let at = position;
    while (at > start && ranksBefore(row, order[at - 1], scores, gains)) {
      order[at] = order[at - 1];
      at--;
    }
    order[at] = row;
  }
}

/** Sorts every query by score. */
export function sortQueries(queries: RankingQueries, scores: Float64Array): void {
  for (let query = 0; query + 1 < queries.starts.length; query++) sortQuery(queries, query, scores);
}

/**
 * Writes float32 (gradient, hessian) pairs of LambdaMART for queries sorted by {@link sortQueries}.
 *
 * For rows i, j of a query with gain_i > gain_j, at least one of them ranked in the top `cutoff`, the surrogate loss
 * adds |ΔNDCG_ij| · log(1 + e^(−σ (s_i − s_j))). Here |ΔNDCG_ij| is the change of NDCG@cutoff when the two are swapped,
 * held constant. This is the reference; the kernel of the same name does the same operations in the same order.
 *
 * @param scores Length rowCount.
 * @param pairs Length 2 · rowCount; overwritten.
 * @remarks O(cutoff · n) pairs for a query of n rows.
 * @see Burges (2010), From RankNet to LambdaRank to LambdaMART, MSR-TR-2010-82.
 */
export function lambdamartPairs(
  { starts, gains, scales, order, odds, cutoff, discounts }: Omit<RankingQueries, 'weights'>,
  scores: Float64Array,
  sigma: number,
  pairs: Float32Array,
): void {
  pairs.fill(0);
  for (let query = 0; query + 1 < starts.length; query++) {
    const start = starts[query];
    const end = starts[query + 1];
    if (scales[query] === 0) continue;
    const best = scores[order[start]];
    for (let row = start; row < end; row++) odds[row] = exponential(sigma * (scores[row] - best));
    const topEnd = Math.min(start + cutoff, end);
    for (let first = start; first < topEnd; first++) {
      const a = order[first];
      let gradientOfA = 0;
      let hessianOfA = 0;
      for (let second = first + 1; second < end; second++) {
        const b = order[second];
        const gainDifference = gains[a] - gains[b];
        if (gainDifference === 0) continue;
        const discountOfB = second - start < cutoff ? discounts[second - start] : 0;
        const change = Math.abs(gainDifference * (discounts[first - start] - discountOfB)) * scales[query];
        const sign = Math.sign(gainDifference);
        // Probability that b beats a; needs one exponential per row instead of one per pair.
        const chance = odds[b] / (odds[a] + odds[b]);
        // sign · (probability of the wrong order). The wrong order has b first if sign is 1 and a first if it is −1.
        const towards = (0.5 * sign + (chance - 0.5)) * (sigma * change);
        const hessian = chance * (1 - chance) * (sigma * sigma * change);
        gradientOfA -= towards;
        hessianOfA += hessian;
        pairs[2 * b] += towards;
        pairs[2 * b + 1] += hessian;
      }
      pairs[2 * a] += gradientOfA;
      pairs[2 * a + 1] += hessianOfA;
    }
  }
}

/** Returns the weighted mean NDCG at the cutoff over queries with some gain; NaN if there is none. */
export function meanNdcg(queries: RankingQueries, scores: Float64Array): number {
  const { starts, gains, weights, scales, order, cutoff, discounts } = queries;
  let total = 0;
  let weightTotal = 0;
  for (let query = 0; query + 1 < starts.length; query++) {
    if (scales[query] === 0) continue;
    sortQuery(queries, query, scores);
    const length = Math.min(cutoff, starts[query + 1] - starts[query]);
    let dcg = 0;
    for (let rank = 0; rank < length; rank++) dcg += gains[order[starts[query] + rank]] * discounts[rank];
    total += dcg * scales[query];
    weightTotal += weights[query];
  }
  return total / weightTotal;
}

/**
 * Returns NDCG@k of scores on graded queries, by the rules of {@link RankingQueries}.
 *
 * @param grades Length = sum of `groupSizes`; gains are 2^grade − 1 unless `labelGains` says otherwise.
 * @example
 * ndcgAtK(scores, grades, Int32Array.of(3, 4), 10);
 */
export function ndcgAtK(
  scores: Float64Array,
  grades: Float32Array,
  groupSizes: Int32Array,
  k: number,
  labelGains: LambdamartObjective['labelGains'] = 'exponential',
): number {
  const features = { rowCount: grades.length, featureNames: ['score'], values: new Float32Array(grades.length) };
  const objective = { kind: 'lambdamart' as const, truncation: k, sigma: 1, labelGains };
  return meanNdcg(prepareQueries({ features, labels: grades, groupSizes }, objective, k), scores);
}
