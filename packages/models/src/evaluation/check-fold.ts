import { MatineeError } from '@matinee/numerics';
import type { EvaluationQuery, Fold, Split } from '../splits/split.ts';

/**
 * Throws for a fold whose metrics would be invalid. Every query must have distinct targets that are known items. A
 * target may not be in the history or in the user's training interactions, nor be unavailable. A history may not end
 * after its query, and training may not end after `trainAsOf`.
 *
 * @param isTimeOrdered Whether all training must be earlier than every query.
 * @throws {MatineeError} `EMPTY_QUERY`, `BAD_FOLD` or `LEAKING_FOLD`, naming the query.
 * @remarks O(training interactions + targets + histories).
 */
export function checkFold(fold: Fold, itemCount: number, isTimeOrdered: boolean): void {
  const { train, trainAsOf, queries, availableFrom } = fold;
  if (queries.length === 0) throw new MatineeError('EMPTY_QUERY', 'the fold has no query');
  let latestTraining = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < train.count; row++) {
    if (train.timestamps[row] > latestTraining) latestTraining = train.timestamps[row];
  }
  if (latestTraining > trainAsOf) {
    throw new MatineeError(
      'LEAKING_FOLD',
      `training holds an interaction at ${latestTraining}, after trainAsOf ${trainAsOf}`,
    );
  }
  const targetKeys = new Set<number>();
  const seenBy = new Int32Array(itemCount).fill(-1);
  for (const [index, query] of queries.entries()) {
    checkQuery(query, index, availableFrom, seenBy);
    if (isTimeOrdered && latestTraining >= query.asOf) {
      throw new MatineeError(
        'LEAKING_FOLD',
        `query ${index} is asked at ${query.asOf}, but training goes on until ${latestTraining}`,
      );
    }
    for (const item of query.targets) targetKeys.add(query.userIndex * itemCount + item);
  }
  for (let row = 0; row < train.count; row++) {
    if (targetKeys.has(train.userIndices[row] * itemCount + train.itemIndices[row])) {
      throw new MatineeError(
        'LEAKING_FOLD',
        `user ${train.userIndices[row]} trained on item ${train.itemIndices[row]}, which is one of the user's targets`,
      );
    }
  }
}

function checkQuery(query: EvaluationQuery, index: number, availableFrom: Float64Array, seenBy: Int32Array): void {
  const { targets, history, asOf } = query;
  if (targets.length === 0) {
    throw new MatineeError('EMPTY_QUERY', `query ${index} has no target: it can neither be right nor wrong`);
  }
  const { itemIndices, timestamps } = history;
  for (let position = 0; position < itemIndices.length; position++) {
    seenBy[itemIndices[position]] = index;
    if (timestamps[position] > asOf || (position > 0 && timestamps[position] < timestamps[position - 1])) {
      throw new MatineeError(
        'LEAKING_FOLD',
        `query ${index}: the history is not in order, or reaches past asOf ${asOf}`,
      );
    }
  }
  for (const item of targets) {
    if (!(item >= 0 && item < seenBy.length)) {
      throw new MatineeError('BAD_FOLD', `query ${index}: target ${item} is not one of ${seenBy.length} items`);
    }
    if (seenBy[item] === index) {
      throw new MatineeError('BAD_FOLD', `query ${index}: target ${item} is in the history, or stands twice`);
    }
    if (!(availableFrom[item] <= asOf)) {
      throw new MatineeError('BAD_FOLD', `query ${index}: target ${item} does not exist yet at ${asOf}`);
    }
    seenBy[item] = index;
  }
}

/**
 * Runs {@link checkFold} on both folds and checks that no validation target is a test target, which would leak through
 * tuning.
 *
 * @throws {MatineeError} as {@link checkFold}.
 */
export function checkSplit(split: Split, itemCount: number): void {
  const isTimeOrdered = split.leaks.length === 0;
  checkFold(split.validation, itemCount, isTimeOrdered);
  checkFold(split.test, itemCount, isTimeOrdered);
  const targetKeys = new Set<number>();
  for (const { userIndex, targets } of split.validation.queries) {
    for (const item of targets) targetKeys.add(userIndex * itemCount + item);
  }
  for (const { userIndex, targets } of split.test.queries) {
    for (const item of targets) {
      if (targetKeys.has(userIndex * itemCount + item)) {
        throw new MatineeError(
          'LEAKING_FOLD',
          `validation and test both ask user ${userIndex} for item ${item}: validation would be used twice`,
        );
      }
    }
  }
}
