/**
 * Measures the neural ranker: seconds per epoch on a random table, and milliseconds to score the candidates of a
 * request on one thread. A fifth of the queries is for validation; the user engages with the candidate with the highest
 * sum of three features, two products and noise. Options: `--rows N`, `--features N`, `--epochs N`, `--repeats N`.
 */
import { parseArgs } from 'node:util';
import { fitDeepRanker, type RankingTable } from '@matinee/models/ranking';
import { createRandom } from '@matinee/numerics';

export const description = 'the neural ranker: seconds an epoch, ms to score the candidates of a request';

const ROW_COUNTS = [30, 100, 250, 500, 1000];

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      rows: { type: 'string', default: '240000' },
      features: { type: 'string', default: '80' },
      epochs: { type: 'string', default: '3' },
      repeats: { type: 'string', default: '200' },
    },
  });
  const [rowCount, featureCount] = [Number(values.rows), Number(values.features)];
  const train = drawTable(rowCount, featureCount, 1);
  const validation = drawTable(Math.ceil(rowCount / 5), featureCount, 2);
  console.log(`${train.rowCount} rows × ${featureCount} features, ${train.groupSizes.length} queries, seed 1`);

  let startedAt = performance.now();
  const ranker = await fitDeepRanker(
    train,
    validation,
    { maxEpochs: Number(values.epochs) },
    {
      random: createRandom(1),
      checkpoint: () => Promise.resolve(),
      onProgress: ({ epoch, loss, validation: ndcg }) => {
        if (ndcg === undefined) return;
        const seconds = (performance.now() - startedAt) / 1000;
        console.log(`epoch ${epoch}: ${seconds.toFixed(1)} s, loss ${loss.toFixed(3)}, NDCG@10 ${ndcg.toFixed(3)}`);
        startedAt = performance.now();
      },
    },
  );
  for (const count of ROW_COUNTS) {
    const rows = validation.values.slice(0, count * featureCount);
    const times: number[] = [];
    for (let repeat = -3; repeat < Number(values.repeats); repeat++) {
      startedAt = performance.now();
      await ranker.score(rows, count);
      if (repeat >= 0) times.push(performance.now() - startedAt); // the first call compiles
    }
    times.sort((a, b) => a - b);
    const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? Number.NaN).toFixed(2);
    console.log(`score ${count} rows: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  }
}

/** Queries of 100 to 300 candidates; a third of the features have long tails, ten are missing in some rows. */
function drawTable(rowCount: number, featureCount: number, seed: number): RankingTable {
  const random = createRandom(seed);
  const sizes: number[] = [];
  for (let left = rowCount; left > 0; left -= sizes.at(-1) ?? left) {
    sizes.push(Math.min(left, 100 + random.integer(201)));
  }
  const values = new Float32Array(rowCount * featureCount);
  const labels = new Float32Array(rowCount);
  let start = 0;
  for (const size of sizes) {
    let best = { row: start, appeal: Number.NEGATIVE_INFINITY };
    for (let row = start; row < start + size; row++) {
      const drawn = Float64Array.from({ length: featureCount }, () => random.normal());
      const [a = 0, b = 0, c = 0, d = 0] = drawn;
      const appeal = a + b + c + 1.5 * a * b - 1.5 * c * d + random.normal();
      if (appeal > best.appeal) best = { row, appeal };
      drawn.forEach((value, feature) => {
        const shown = feature % 3 === 0 ? Math.exp(1.5 * value) : value;
        const isMissing = feature >= featureCount - 10 && random.next() < 0.2;
        values[row * featureCount + feature] = isMissing ? Number.NaN : shown;
      });
    }
    labels[best.row] = 1;
    start += size;
  }
  const featureNames = Array.from({ length: featureCount }, (_, feature) => `feature ${feature}`);
  return { featureNames, rowCount, values, labels, groupSizes: Int32Array.from(sizes) };
}
