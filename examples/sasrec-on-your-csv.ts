/** SASRec on a CSV of user,item,time: what comes next. Pass your own file, or see it learn the bundled one. */
import { readFileSync } from 'node:fs';
import { datasetFromRows, plainContext, trainingDataOf } from '@matinee/models';
import { groupByUser } from '@matinee/models/data';
import { sasRecFamily } from '@matinee/models/sequence';

const file = process.argv[2] ?? new URL('watched.csv', import.meta.url);
const [, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
const rows = lines.map((line) => {
  const [user, item, time] = line.split(',');
  return { user, item, time: Number(time) };
});

const dataset = datasetFromRows(rows);
const data = trainingDataOf(dataset);
// A small network for small data; leave the sizes out for millions of rows.
const size = {
  embeddingDim: 16,
  feedForwardDim: 32,
  maxLength: 20,
  tokensPerBatch: 400,
  maxEpochs: 30,
  learningRate: 0.01,
};
const model = await sasRecFamily.fit(data, { ...sasRecFamily.defaults, ...size }, plainContext());

const histories = groupByUser(data.interactions, data.userCount);
for (const user of dataset.users.ids.slice(0, 3)) {
  const userIndex = dataset.users.indexOf(user);
  const history = histories.of(userIndex);
  const seen = new Uint8Array(model.itemCount);
  for (const item of history.itemIndices) seen[item] = 1;
  const { itemIndices } = await model.retrieve({ history, asOf: data.asOf, userIndex }, 3, seen);
  const namesOf = (items: Int32Array) => Array.from(items, (item) => dataset.items.vocabulary.ids[item]).join(', ');
  console.log(`${user} watched ${namesOf(history.itemIndices.slice(-3))}; next: ${namesOf(itemIndices)}`);
}
