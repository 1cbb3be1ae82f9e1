import type { Catalogue } from '../../data/dataset.ts';
import type { UserIndex } from '../../data/indices.ts';
import type { Interactions } from '../../data/interactions.ts';
import { createVocabulary } from '../../data/vocabulary.ts';
import type { EvaluationQuery, Fold } from '../../splits/split.ts';
import type { EvaluateOptions } from '../evaluate.ts';
import type { DenseScorer } from '../rank-fold.ts';

/** Items that all have genre 0, and every second one genre 1 too. */
export function catalogueOf(itemCount: number): Catalogue {
  return {
    vocabulary: createVocabulary(Array.from({ length: itemCount }, (_, item) => `i${item}`)),
    titles: new Array<undefined>(itemCount).fill(undefined),
    years: new Int32Array(itemCount),
    genreNames: ['Drama', 'War'],
    genres: Array.from({ length: itemCount }, (_, item) => (item % 2 === 0 ? Int32Array.of(0, 1) : Int32Array.of(0))),
    posterUrls: new Array<undefined>(itemCount).fill(undefined),
    attributes: new Array<undefined>(itemCount).fill(undefined),
  };
}

export function trainingOf(rows: readonly (readonly [user: number, item: number, time: number])[]): Interactions {
  return {
    count: rows.length,
    userIndices: Int32Array.from(rows, ([user]) => user),
    itemIndices: Int32Array.from(rows, ([, item]) => item),
    timestamps: Float64Array.from(rows, ([, , time]) => time),
    weights: new Float32Array(rows.length).fill(1),
    labels: new Uint8Array(rows.length).fill(1),
  };
}

export function queryOf(
  userIndex: UserIndex,
  history: readonly (readonly [item: number, time: number])[],
  asOf: number,
  targets: readonly number[],
): EvaluationQuery {
  return {
    userIndex,
    asOf,
    targets: Int32Array.from(targets),
    history: {
      itemIndices: Int32Array.from(history, ([item]) => item),
      timestamps: Float64Array.from(history, ([, time]) => time),
      weights: new Float32Array(history.length).fill(1),
    },
  };
}

/**
 * Six items; item 5 comes at time 20. Two users trained on items 0 … 3; user 0 has the target 4 at time 10 with the
 * history 0, 1; user 1 has the target 3 at time 12 with the history 2.
 */
export function smallFold(changes: Partial<Fold> = {}): Fold {
  return {
    train: trainingOf([
      [0, 0, 1],
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 4],
    ]),
    trainAsOf: 5,
    queries: [
      queryOf(
        0,
        [
          [0, 1],
          [1, 2],
        ],
        10,
        [4],
      ),
      queryOf(1, [[2, 3]], 12, [3]),
    ],
    availableFrom: Float64Array.of(0, 0, 0, 0, 0, 20),
    ...changes,
  };
}

/** The same scores for every user. */
export function constantScorer(values: readonly number[]): DenseScorer {
  return { scoreAll: (_, scores) => scores.set(values) };
}

export const evaluateOptions = (itemCount: number): EvaluateOptions => ({
  items: catalogueOf(itemCount),
  recallOver: 'targets',
  isTimeOrdered: true,
  bootstrap: { resampleCount: 200, seed: 1 },
  checkpoint: async () => undefined,
});
