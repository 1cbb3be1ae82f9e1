import { MatineeError, topK } from '@matinee/numerics';
import type { RetrievalQuery, ScoredItems } from '../retrieval/retrieval-model.ts';
import type { Fold } from '../splits/split.ts';

/**
 * A model to evaluate: it scores every item or returns a list. If it can do both, the list is used, as in serving. Both
 * may return a promise.
 */
export type Scorer = DenseScorer | ListScorer;

export interface DenseScorer {
  /** As in `RetrievalModel`: writes a score for every item; NaN = not retrieved. */
  scoreAll(query: RetrievalQuery, scores: Float32Array): void | Promise<void>;
}

export interface ListScorer {
  /** As in `RetrievalModel`: the best `n` items at most, best first, none with `excluded[item] !== 0`. */
  retrieve(query: RetrievalQuery, n: number, excluded: Uint8Array): ScoredItems | Promise<ScoredItems>;
}

/** The ranked lists of a fold's queries: the input of accuracy, list metrics and `--lists`. */
export interface Rankings {
  /** Maximum list length. */
  readonly depth: number;
  /** Row-major [queryCount × depth]; best first; −1 after the list's end. */
  readonly itemIndices: Int32Array;
  /** Length of each query's list. */
  readonly lengths: Int32Array;
}

export interface RankContext {
  /** Number of items; the length of the score buffer. */
  readonly itemCount: number;
  /** Called every few queries; may throw to cancel. */
  checkpoint(done: number, total: number): Promise<void>;
}

const QUERIES_PER_CHECKPOINT = 64;

/**
 * Ranks the full catalogue for every query of the fold: there are no sampled negatives. Items of the history and items
 * that nobody had met before the query are excluded before the best `depth` are selected. Ties go to the lower item index. A NaN or
 * −Infinity score is not retrieved.
 *
 * @returns The lists, in the order of `fold.queries`.
 * @throws {MatineeError} `BAD_LIST` when a list scorer returns an excluded item, a repeated item or too many items.
 * @remarks One score buffer for all queries; per query one pass over the items beside the scorer's own work.
 */
export async function rankFold(scorer: Scorer, fold: Fold, depth: number, context: RankContext): Promise<Rankings> {
  const { queries, availableFrom } = fold;
  const { itemCount, checkpoint } = context;
  const itemIndices = new Int32Array(queries.length * depth).fill(-1);
  const lengths = new Int32Array(queries.length);
  const inTraining = markTrainingUsers(fold);
  const select = 'retrieve' in scorer ? listSelection(scorer, itemCount) : denseSelection(scorer, itemCount);
  // Latest first: the items that do not exist yet at a given time are a prefix of this list.
  const byAvailability = Int32Array.from({ length: itemCount }, (_, item) => item).sort(
    (a, b) => compare(availableFrom[b], availableFrom[a]) || a - b,
  );
  for (const [index, query] of queries.entries()) {
    let unborn = 0;
    while (unborn < itemCount && !(availableFrom[byAvailability[unborn]] < query.asOf)) unborn++;
    const list = await select(
      {
        history: query.history,
        asOf: query.asOf,
        userIndex: inTraining[query.userIndex] === 1 ? query.userIndex : -1,
      },
      depth,
      byAvailability.subarray(0, unborn),
    );
    itemIndices.set(list, index * depth);
    lengths[index] = list.length;
    if (index % QUERIES_PER_CHECKPOINT === 0) await checkpoint(index, queries.length);
  }
  await checkpoint(queries.length, queries.length);
  return { depth, itemIndices, lengths };
}

type Select = (query: RetrievalQuery, depth: number, unborn: Int32Array) => Promise<Int32Array>;

function denseSelection(scorer: DenseScorer, itemCount: number): Select {
  const scores = new Float32Array(itemCount);
  return async (query, depth, unborn) => {
    scores.fill(Number.NaN); // an unwritten score must not be the previous query's
    await scorer.scoreAll(query, scores);
    for (const item of query.history.itemIndices) scores[item] = Number.NaN;
    for (const item of unborn) scores[item] = Number.NaN;
    return topK(scores, depth);
  };
}

function listSelection(scorer: ListScorer, itemCount: number): Select {
  const excluded = new Uint8Array(itemCount);
  return async (query, depth, unborn) => {
    for (const item of query.history.itemIndices) excluded[item] = 1;
    for (const item of unborn) excluded[item] = 1;
    const { itemIndices: list } = await scorer.retrieve(query, depth, excluded);
    if (list.length > depth) throw new MatineeError('BAD_LIST', `asked for ${depth} items, got ${list.length}`);
    for (const item of list) {
      if (excluded[item] !== 0)
        throw new MatineeError('BAD_LIST', `item ${item} is excluded, or stands twice in one list`);
      excluded[item] = 1;
    }
    for (const item of list) excluded[item] = 0;
    for (const item of query.history.itemIndices) excluded[item] = 0;
    for (const item of unborn) excluded[item] = 0;
    return list;
  };
}

/** By user index: 1 for users in training; all others are queried as visitors. */
export function markTrainingUsers({ train, queries }: Pick<Fold, 'train' | 'queries'>): Uint8Array {
  let userCount = 0;
  for (const user of train.userIndices) userCount = Math.max(userCount, user + 1);
  for (const { userIndex } of queries) userCount = Math.max(userCount, userIndex + 1);
  const marks = new Uint8Array(userCount);
  for (const user of train.userIndices) marks[user] = 1;
  return marks;
}

/** Numeric order in which equal infinities are equal (their difference is NaN). */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
