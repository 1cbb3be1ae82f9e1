/** A model of your own against popularity: full ranking, 95 % intervals, and whether the difference is real. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createSplit, datasetFromRows, evaluate, plainContext, trainingDataOf } from '@matinee/models';
import { groupByUser } from '@matinee/models/data';
import { type DenseScorer, pairedDifference } from '@matinee/models/evaluation';
import { popularityFamily } from '@matinee/models/retrieval';

const file = new URL('../data/movielens-small/ratings.csv.gz', import.meta.url);
const rows = gunzipSync(readFileSync(file))
  .toString()
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [user, item, value, time] = line.split(',');
    return { user, item, value: Number(value), time: Number(time) };
  });
const { userCount, items, interactions } = trainingDataOf(datasetFromRows(rows));
const itemCount = items.vocabulary.ids.length;
const { test, recallOver } = createSplit('leave-one-out', { interactions, userCount, itemCount });

/** Yours: anything that writes a score for every item. Here, how many viewers of the last item also watched it. */
const histories = groupByUser(test.train, userCount);
const yours: DenseScorer = {
  scoreAll({ history }, scores) {
    const last = history.itemIndices.at(-1) ?? -1;
    scores.fill(0);
    for (let user = 0; user < userCount; user++) {
      const watched = histories.of(user).itemIndices;
      if (watched.includes(last)) for (const item of watched) scores[item] += 1;
    }
  },
};

const popularity = await popularityFamily.fit(
  { userCount, items, interactions: test.train, asOf: test.trainAsOf },
  {},
  plainContext(),
);

const options = {
  items,
  recallOver,
  isTimeOrdered: false,
  bootstrap: { resampleCount: 1000, seed: 1 },
  checkpoint: () => Promise.resolve(),
};
const mine = (await evaluate(yours, test, options)).evaluation;
const theirs = (await evaluate(popularity, test, options)).evaluation;
for (const [name, { all }] of Object.entries({ yours: mine, popularity: theirs })) {
  const { value, low, high } = all.metrics['ndcg@10'];
  console.log(`${name.padEnd(10)} NDCG@10 ${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`);
}
const { value, low, high, pValue } = pairedDifference(mine.bootstraps.all, theirs.bootstraps.all, 'ndcg@10');
console.log(`difference ${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}], p = ${pValue.toFixed(3)}`);
