import type { History } from '@matinee/models/data';
import type { RecommendInput } from '@matinee/recommender';
import { withoutMemory } from '../serving/kept-candidates.ts';
import type { ServedEngine } from '../serving/snapshot.ts';

/** A request, and the engine that answers it as if the history were another. */
export interface ChangedRequest {
  readonly engine: ServedEngine;
  readonly input: RecommendInput;
}

/** Returns the request as if the user had never met these items: neither in the data set nor on the page. */
export function withoutItems(
  engine: ServedEngine,
  input: RecommendInput,
  itemIndices: readonly number[],
): ChangedRequest {
  if (itemIndices.length === 0) return { engine, input };
  const gone = new Set(itemIndices);
  const byItem = new Map([...input.feedback.byItem].filter(([item]) => !gone.has(item)));
  return {
    engine: withHistories(engine, (history) => selectEvents(history, (at) => !gone.has(history.itemIndices[at]!))),
    input: { ...input, feedback: { ...input.feedback, byItem } },
  };
}

/**
 * Returns the request as if the user had stopped after so many positive events. What they said on the page comes after
 * all events of the data set, in the order of its times. Events that are not positive count until the last positive
 * one.
 *
 * @param after At least 0.
 */
export function afterEvents(engine: ServedEngine, input: RecommendInput, after: number): ChangedRequest {
  const base = engine.histories.of(input.userIndex);
  const inBase = input.userIndex < 0 ? 0 : countPositive(base);
  const left = Math.max(0, after - inBase);
  const said = [...input.feedback.byItem].sort(([, a], [, b]) => a.atMs - b.atMs);
  const byItem = new Map(takeUntil(said, ([, { taste, watched }]) => taste === 'like' || watched, left));
  const firstPositions = new Set(
    takeUntil([...base.itemIndices.keys()], (at) => base.weights[at]! > 0, Math.min(after, inBase)),
  );
  return {
    engine: withHistories(engine, (history) => selectEvents(history, (at) => firstPositions.has(at))),
    input: { ...input, feedback: { ...input.feedback, byItem } },
  };
}

/** Returns how many positive events {@link afterEvents} can count. */
export function countPositiveEvents({ histories }: ServedEngine, { userIndex, feedback }: RecommendInput): number {
  const said = [...feedback.byItem.values()].filter(({ taste, watched }) => taste === 'like' || watched).length;
  return (userIndex < 0 ? 0 : countPositive(histories.of(userIndex))) + said;
}

function countPositive({ weights }: History): number {
  return weights.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0);
}

/** Returns the first elements, up to the one with which `limit` of them count. */
function takeUntil<Value>(values: readonly Value[], counts: (value: Value) => boolean, limit: number): Value[] {
  const taken: Value[] = [];
  let counted = 0;
  for (const value of values) {
    if (counted === limit) break;
    taken.push(value);
    if (counts(value)) counted++;
  }
  return taken;
}

function withHistories(engine: ServedEngine, change: (history: History) => History): ServedEngine {
  const { histories } = engine;
  return {
    // What is remembered is of the histories as they are.
    ...withoutMemory(engine),
    histories: { userCount: histories.userCount, of: (userIndex) => change(histories.of(userIndex)) },
  };
}

function selectEvents(history: History, isKept: (position: number) => boolean): History {
  const kept = [...history.itemIndices.keys()].filter(isKept);
  if (kept.length === history.itemIndices.length) return history;
  const { ratings } = history;
  return {
    itemIndices: Int32Array.from(kept, (at) => history.itemIndices[at]!),
    timestamps: Float64Array.from(kept, (at) => history.timestamps[at]!),
    weights: Float32Array.from(kept, (at) => history.weights[at]!),
    ...(ratings && { ratings: Float32Array.from(kept, (at) => ratings[at]!) }),
  };
}
