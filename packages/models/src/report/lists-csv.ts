import { MatineeError } from '@matinee/numerics';
import type { Vocabulary } from '../data/vocabulary.ts';
import type { Rankings } from '../evaluation/rank-fold.ts';
import type { EvaluationQuery } from '../splits/split.ts';
import { quoteCell } from './metrics-csv.ts';

/**
 * Writes one row per query, `user_id,target_item_ids,ranked_item_ids`, with ranked ids best first (at most 100), so
 * that other code can recompute every metric. Ids are joined by a space, or by `|` if an id contains a space. A user
 * with several queries (targets `successive`) has several rows, in order of time.
 *
 * @returns The file line by line, so that a long one is never in memory as a whole.
 * @throws {MatineeError} `BAD_ARGUMENT` when ids contain both spaces and `|`, so that no separator is left.
 */
export function* writeListsCsv(
  { depth, itemIndices, lengths }: Rankings,
  queries: readonly EvaluationQuery[],
  users: Vocabulary,
  items: Vocabulary,
): Generator<string> {
  const separator = [' ', '|'].find((mark) => !items.ids.some((id) => id.includes(mark)));
  if (separator === undefined) {
    throw new MatineeError(
      'BAD_ARGUMENT',
      '--lists: item ids hold both spaces and "|"; no separator is left to join them by',
    );
  }
  const join = (indices: Int32Array): string =>
    quoteCell(Array.from(indices, (item) => items.ids[item]).join(separator));
  yield 'user_id,target_item_ids,ranked_item_ids\n';
  for (const [index, { userIndex, targets }] of queries.entries()) {
    const ranked = itemIndices.subarray(index * depth, index * depth + lengths[index]);
    yield `${quoteCell(users.ids[userIndex])},${join(targets)},${join(ranked)}\n`;
  }
}
