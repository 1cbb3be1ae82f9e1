/** EASE on the bundled MovieLens ratings: what goes with The Matrix. Reading the files is half of it. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { datasetFromRows, plainContext, trainingDataOf } from '@matinee/models';
import { easeFamily } from '@matinee/models/retrieval';

const folder = new URL('../data/movielens-small/', import.meta.url);
const lines = readFileSync(new URL('movies.csv', folder), 'utf8').split('\n');
const items = lines.slice(1, -1).map((line) => ({ id: line.split(',', 1)[0], title: line.replace(/^\d+,/, '') }));
const ratings = gunzipSync(readFileSync(new URL('ratings.csv.gz', folder))).toString();
const rows = Array.from(ratings.matchAll(/^(\d+),(\d+),(?:4.5|5),(\d+)$/gm), ([, user, item, time]) => {
  return { user, item, time: Number(time) };
});

const data = trainingDataOf(datasetFromRows(rows, { items }));
const model = await easeFamily.fit(data, { ...easeFamily.defaults, regularization: 200 }, plainContext());

const itemIndices = Int32Array.of(data.items.vocabulary.indexOf('2571'));
const history = { itemIndices, timestamps: Float64Array.of(data.asOf), weights: Float32Array.of(1) };
const seen = new Uint8Array(model.itemCount).fill(1, itemIndices[0], itemIndices[0] + 1);
const found = await model.retrieve({ history, asOf: data.asOf, userIndex: -1 }, 5, seen);
for (const [place, item] of found.itemIndices.entries()) {
  console.log(found.scores[place].toFixed(3), data.items.titles[item]);
}
