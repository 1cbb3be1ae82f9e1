/**
 * Measures the speed of the evaluator with a scorer that costs nothing: a dense score matrix, computed before the
 * timing starts, at the size of MovieLens 1M (6,040 users × 3,706 items, 165 interactions per user, leave-one-out), all
 * metrics at all cutoffs.
 */
import { parseArgs } from 'node:util';
import { type Catalogue, createVocabulary, type Interactions } from '@matinee/models/data';
import { evaluateRankings, rankFold } from '@matinee/models/evaluation';
import { createSplit } from '@matinee/models/splits';
import { createRandom } from '@matinee/numerics';

export const description = 'evaluate a dense scorer: 6,040 users × 3,706 items, all metrics, 1,000 bootstrap resamples';

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      users: { type: 'string', default: '6040' },
      items: { type: 'string', default: '3706' },
      perUser: { type: 'string', default: '165' },
      runs: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  });
  const userCount = Number(values.users);
  const itemCount = Number(values.items);
  const interactions = randomInteractions(userCount, itemCount, Number(values.perUser), Number(values.seed));
  const items = randomCatalogue(itemCount, Number(values.seed));
  const begun = performance.now();
  const split = createSplit('leave-one-out', { interactions, userCount, itemCount });
  console.log(`leave-one-out split of ${interactions.count.toLocaleString('en')} interactions: ${since(begun)}`);

  const random = createRandom(Number(values.seed)).fork('scores');
  const matrix = Float32Array.from({ length: userCount * itemCount }, random.next);
  const scorer = {
    scoreAll({ userIndex }: { userIndex: number }, scores: Float32Array): void {
      scores.set(matrix.subarray(userIndex * itemCount, (userIndex + 1) * itemCount));
    },
  };
  const checkpoint = async (): Promise<void> => undefined;
  for (let round = 1; round <= Number(values.runs); round++) {
    const started = performance.now();
    const rankings = await rankFold(scorer, split.test, 100, { itemCount, checkpoint });
    const ranked = performance.now();
    const bootstrap = { resampleCount: 1000, seed: 1 };
    const evaluation = evaluateRankings(rankings, split.test, { items, recallOver: split.recallOver, bootstrap });
    const ended = performance.now();
    const { value, low, high } = evaluation.all.metrics['ndcg@10'] ?? { value: 0, low: 0, high: 0 };
    console.log(
      `run ${round}: copy, mask and rank the top 100: ${(ranked - started).toFixed(0)} ms; ` +
        `metrics, segments, intervals: ${(ended - ranked).toFixed(0)} ms; total ${(ended - started).toFixed(0)} ms ` +
        `(random scores, seed ${values.seed}: NDCG@10 ${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}])`,
    );
  }
  const started = performance.now();
  const buffer = new Float32Array(itemCount);
  let kept = 0;
  for (let user = 0; user < userCount; user++) {
    scorer.scoreAll({ userIndex: user }, buffer);
    let largest = 0;
    for (let item = 0; item < itemCount; item++) if (buffer[item] > largest) largest = buffer[item];
    kept += largest;
  }
  console.log(
    `floor: copy and read every score once: ${since(started)} (mean of the largest ${(kept / userCount).toFixed(4)})`,
  );
}

function randomInteractions(userCount: number, itemCount: number, perUser: number, seed: number): Interactions {
  const random = createRandom(seed).fork('interactions');
  const count = userCount * perUser;
  const userIndices = new Int32Array(count);
  const itemIndices = new Int32Array(count);
  const catalogue = Int32Array.from({ length: itemCount }, (_, item) => item);
  for (let user = 0; user < userCount; user++) {
    for (let nth = 0; nth < perUser; nth++) {
      const other = nth + random.integer(itemCount - nth);
      [catalogue[nth], catalogue[other]] = [catalogue[other], catalogue[nth]];
      // The nth interactions of all users lie together, as in a log sorted by time.
      userIndices[nth * userCount + user] = user;
      itemIndices[nth * userCount + user] = catalogue[nth];
    }
  }
  return {
    count,
    userIndices,
    itemIndices,
    timestamps: Float64Array.from({ length: count }, (_, row) => row),
    weights: new Float32Array(count).fill(1),
    labels: new Uint8Array(count).fill(1),
  };
}

function randomCatalogue(itemCount: number, seed: number): Catalogue {
  const random = createRandom(seed).fork('genres');
  const genreNames = Array.from({ length: 18 }, (_, genre) => `genre ${String(genre).padStart(2, '0')}`);
  return {
    vocabulary: createVocabulary(Array.from({ length: itemCount }, (_, item) => String(item))),
    titles: new Array<undefined>(itemCount).fill(undefined),
    years: new Int32Array(itemCount),
    genreNames,
    genres: Array.from({ length: itemCount }, () => Int32Array.of(random.integer(9), 9 + random.integer(9))),
    posterUrls: new Array<undefined>(itemCount).fill(undefined),
    attributes: new Array<undefined>(itemCount).fill(undefined),
  };
}

function since(begun: number): string {
  return `${(performance.now() - begun).toFixed(0)} ms`;
}
