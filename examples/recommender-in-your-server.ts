/** The recommender in a plain node:http server: GET /recommend?user=ann gives a list with reasons. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { datasetFromRows, plainContext, trainingDataOf } from '@matinee/models';
import { itemKnnFamily } from '@matinee/models/retrieval';
import { createEngine, EMPTY_FEEDBACK, recommendList } from '@matinee/recommender';

// Your data: here four viewers and six titles.
const watched = { ann: 'alien aliens heat', bob: 'alien aliens up', cat: 'up coco heat', dan: 'alien coco ran' };
const rows = Object.entries(watched).flatMap(([user, items]) =>
  items.split(' ').map((item, day) => ({ user, item, time: 1_700_000_000 + day * 86_400 })),
);
const dataset = datasetFromRows(rows);

// A release is any number of fitted models with weights.
const data = trainingDataOf(dataset);
const model = await itemKnnFamily.fit(data, itemKnnFamily.defaults, plainContext());
const sources = [{ name: 'item-knn', model, weight: 1 }];
const release = { version: '1', generation: 'v1', sources, datasetHash: dataset.hash, trainedAsOf: data.asOf } as const;
const engine = createEngine(dataset, release);

// Models that have not answered after 200 ms are left out.
const timeout = (ms: number) => {
  let timer: NodeJS.Timeout;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { expired, cancel: () => clearTimeout(timer) };
};
const context = { now: () => performance.now(), deadlineMs: 200, timeout };

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname !== '/recommend') return response.writeHead(404).end();
  const userIndex = dataset.users.indexOf(searchParams.get('user') ?? '');
  const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf: Date.now() / 1000 };
  const { items } = await recommendList(engine, input, 3, context);
  const body = items.map(({ candidate, explanation }) => {
    return { item: dataset.items.vocabulary.ids[candidate.itemIndex], score: candidate.score, reason: explanation };
  });
  return response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
});
server.listen(Number(process.env['PORT'] ?? 8080), () => {
  console.log(`try: curl 'http://localhost:${(server.address() as AddressInfo).port}/recommend?user=ann'`);
});
process.once('SIGTERM', () => server.close());
