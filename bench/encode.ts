/**
 * Measures what one request costs a neural model: milliseconds to encode a history and to score the catalogue with it,
 * on one thread, by history length. The networks have their default sizes and are hardly trained, which takes the same
 * time. Options: `--items N`, `--repeats N`.
 */
import { parseArgs } from 'node:util';
import { createVocabulary } from '@matinee/models/data';
import { findModelFamily } from '@matinee/models/generations';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import type { TrainingData } from '@matinee/models/training';
import { createRandom } from '@matinee/numerics';

export const description = 'one request to a neural model: ms to encode a history, by length';

const MODELS = ['sasrec', 'gru4rec', 'time-transformer', 'two-tower'];
const LENGTHS = [1, 10, 50, 200];
const USERS = 64;
const EVENTS_A_USER = 240;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: { items: { type: 'string', default: '3416' }, repeats: { type: 'string', default: '100' } },
  });
  const data = drawData(Number(values.items));
  const random = createRandom(2);
  for (const name of MODELS) {
    const family = findModelFamily(name);
    const model = await family.fit(
      data,
      { ...family.defaults, maxEpochs: 1, validationUsers: 0 },
      { random: createRandom(1), checkpoint: () => Promise.resolve(), threadCount: 1 },
    );
    const scores = new Float32Array(model.itemCount);
    const cells: string[] = [];
    for (const length of LENGTHS) {
      const times: number[] = [];
      for (let repeat = -3; repeat < Number(values.repeats); repeat++) {
        const query = drawQuery(length, model.itemCount, random);
        const startedAt = performance.now();
        await model.scoreAll(query, scores);
        if (repeat >= 0) times.push(performance.now() - startedAt); // the first calls compile
      }
      times.sort((a, b) => a - b);
      const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? Number.NaN).toFixed(2);
      cells.push(`${length} items: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
    }
    console.log(`${name.padEnd(18)} ${cells.join('   ')}`);
  }
}

function drawQuery(length: number, itemCount: number, random: ReturnType<typeof createRandom>): RetrievalQuery {
  return {
    history: {
      itemIndices: Int32Array.from({ length }, () => random.integer(itemCount)),
      timestamps: Float64Array.from({ length }, (_, at) => 1e9 + 3600 * at),
      weights: new Float32Array(length).fill(1),
    },
    asOf: 1e9 + 3600 * length,
    userIndex: -1,
  };
}

function drawData(itemCount: number): TrainingData {
  const random = createRandom(1);
  const count = Math.max(USERS * EVENTS_A_USER, itemCount);
  return {
    userCount: USERS,
    asOf: 2e9,
    items: {
      vocabulary: createVocabulary(Array.from({ length: itemCount }, (_, item) => String(item))),
      titles: Array.from({ length: itemCount }, (_, item) => `Title ${item % 500}`),
      years: new Int32Array(itemCount).fill(1999),
      genreNames: ['Comedy', 'Drama'],
      genres: Array.from({ length: itemCount }, (_, item) => Int32Array.of(item % 2)),
      posterUrls: [],
      attributes: [],
    },
    interactions: {
      count,
      userIndices: Int32Array.from({ length: count }, (_, row) => row % USERS),
      // Every item occurs once, so that the networks know all of them.
      itemIndices: Int32Array.from({ length: count }, (_, row) => (row < itemCount ? row : random.integer(itemCount))),
      timestamps: Float64Array.from({ length: count }, (_, row) => 1e9 + 60 * row),
      weights: new Float32Array(count).fill(1),
      labels: new Uint8Array(count).fill(1),
    },
  };
}
