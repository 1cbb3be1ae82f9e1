import { buildInteractions, type Dataset, EMPTY_HISTORY, type Interactions } from '@matinee/models/data';
import { rerankRankings } from '@matinee/models/evaluation';
import { buildItemActivity } from '@matinee/models/features';
import { findModelFamily, fitGeneration, type GenerationModel, resolveGeneration } from '@matinee/models/generations';
import { rankPool } from '@matinee/models/ranking';
import type { Release } from '@matinee/models/release';
import type { RetrievalModel } from '@matinee/models/retrieval';
import { createSplit, type EvaluationQuery } from '@matinee/models/splits';
import { createRandom } from '@matinee/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from './engine/engine.ts';
import { datasetWithLog } from './log/dataset-with-log.ts';
import { EMPTY_FEEDBACK, foldFeedback } from './log/feedback-state.ts';
import { readLog } from './log/read-log.ts';
import { createLiveEngine } from './online/live-engine.ts';
import { inspectRequest, recommendList } from './recommend.ts';
import type { RecommendContext } from './request/recommend-context.ts';
import { createMemoryEventLog } from './testing/memory-event-log.ts';
import { createSmallWorld } from './testing/small-world.ts';

const context: RecommendContext = {
  now: () => 0,
  deadlineMs: 1000,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
};
const LIST_LENGTH = 20;
const DAY = 86_400;

/**
 * The evaluator asks a generation as one model; a request goes through the stages of the recommender. Both must come to
 * the same list for the same moment, or what is reported is not what people get.
 */
describe('what is measured is what is served', () => {
  let model: GenerationModel;
  let engine: Engine;
  let queries: readonly EvaluationQuery[];
  let availableFrom: Float64Array;
  let served: Dataset;
  let release: Release;

  beforeAll(async () => {
    const { dataset } = await createSmallWorld(3);
    const interactions = buildInteractions(dataset.events);
    const [userCount, itemCount] = [dataset.users.ids.length, dataset.items.vocabulary.ids.length];
    const { test } = createSplit('temporal', { interactions, userCount, itemCount });
    const training = { userCount, items: dataset.items, interactions: test.train, asOf: test.trainAsOf };
    ({ model } = await fitGeneration(
      'v2',
      training,
      resolveGeneration('v2', {}, { latestShare: 0.4, leaveOut: 'nothing' }),
      {
        random: createRandom(1),
        checkpoint: () => Promise.resolve(),
        stage: (_, work) => work({ checkpoint: () => Promise.resolve(), summary: () => undefined }),
      },
    ));
    served = holding(dataset, test.train);
    release = releaseOf(model, test.trainAsOf);
    engine = createEngine(served, release);
    // Those whose whole history the server's data set holds: it ends where the training ends.
    queries = test.queries.filter(({ history }) => (history.timestamps.at(-1) ?? Infinity) <= test.trainAsOf);
    availableFrom = test.availableFrom;
  });

  it('has a ranker, and questions', () => {
    expect(model.ranking).toBeDefined();
    expect(queries.length).toBeGreaterThan(15);
  });

  it('the same titles in the same order, for the same moment', async () => {
    for (const query of queries) {
      const { history, userIndex } = query;
      // As long as nobody has done anything since, a request comes one day after the data at most.
      const asOf = Math.min(query.asOf, release.trainedAsOf + DAY);
      const excluded = Uint8Array.from(availableFrom, () => 0);
      for (const item of history.itemIndices) excluded[item] = 1;
      // Titles without a name are kept out of every answer; the evaluator knows no such rule.
      engine.catalogue.titles.forEach((title, item) => {
        if (title === undefined) excluded[item] = 1;
      });
      const measured = await model.retrieve({ history, asOf, userIndex }, LIST_LENGTH, excluded);
      const { items } = await recommendList(
        engine,
        { userIndex, feedback: EMPTY_FEEDBACK, asOf },
        LIST_LENGTH,
        context,
      );
      expect(items.map(({ candidate }) => candidate.itemIndex)).toEqual([...measured.itemIndices]);
    }
  });

  it('the same first list years after the data ends as one day after', async () => {
    const { engine: live } = createLiveEngine(served, release);
    let changed = 0;
    for (const { userIndex } of queries) {
      const listAt = async (asOf: number): Promise<number[]> => {
        const { items } = await recommendList(live, { userIndex, feedback: EMPTY_FEEDBACK, asOf }, 20, context);
        return items.map(({ candidate }) => candidate.itemIndex);
      };
      const nextDay = await listAt(release.trainedAsOf + DAY);
      expect(await listAt(release.trainedAsOf + 3650 * DAY + 12_345)).toEqual(nextDay);
      const history = live.histories.of(userIndex);
      const excluded = Uint8Array.from(live.catalogue.titles, (title) => (title === undefined ? 1 : 0));
      for (const item of history.itemIndices) excluded[item] = 1;
      const measured = await model.retrieve({ history, asOf: release.trainedAsOf + DAY, userIndex }, 20, excluded);
      expect(nextDay).toEqual([...measured.itemIndices]);
      const yearsLater = { history, asOf: release.trainedAsOf + 3650 * DAY + 12_345, userIndex };
      if ((await model.retrieve(yearsLater, 20, excluded)).itemIndices.join() !== nextDay.join()) changed++;
    }
    // The models themselves do answer another clock differently.
    expect(changed).toBeGreaterThan(0);
  });

  it('one clock for the history of the data, for live events and for the request', async () => {
    const { log, startMs } = await yearsLaterLogOf(served);
    const { engine: live, live: fold } = createLiveEngine(served, release);
    for await (const step of readLog(log, 0)) fold.apply(step);
    const events = (await log.eventsOfUser('u0', { limit: 10 })).toReversed();
    const feedback = foldFeedback(events, live.catalogue.vocabulary.indexOf);
    const asOf = startMs / 1000 + 7200;
    const { query } = await inspectRequest(live, { userIndex: 0, feedback, asOf }, context);
    const dataEnd = served.events.timestamps.at(-1) as number;
    expect(query.retrieval.asOf).toBe(dataEnd + DAY + 7200);
    expect([...query.retrieval.history.timestamps].slice(-2)).toEqual([dataEnd + DAY, dataEnd + DAY + 3600]);
  });

  it('the same titles in the same order where a request asks for diversity, by what the evaluator re-orders with', async () => {
    const { itemSpace, catalogue } = engine;
    for (const query of queries.slice(0, 10)) {
      const { history, userIndex } = query;
      const asOf = Math.min(query.asOf, release.trainedAsOf + DAY);
      const excluded = Uint8Array.from(catalogue.titles, (title) => (title === undefined ? 1 : 0));
      const { itemIndices } = await model.retrieve({ history, asOf, userIndex }, 100, excluded);
      const lengths = Int32Array.of(itemIndices.length);
      const measured = rerankRankings({ depth: itemIndices.length, itemIndices, lengths }, [query], itemSpace, 0.3);
      const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf, diversity: 0.3 };
      const { items, trace } = await recommendList(engine, input, LIST_LENGTH, context);
      expect(items.map(({ candidate }) => candidate.itemIndex)).toEqual([
        ...measured.itemIndices.subarray(0, LIST_LENGTH),
      ]);
      expect(trace.moves.length).toBeGreaterThan(0);
    }
  });

  it('the same answers from a server that counts live events, while there are none', async () => {
    const { engine: live } = createLiveEngine(served, release);
    for (const { asOf, userIndex } of queries.slice(0, 5)) {
      const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf };
      const [first, second] = [
        await inspectRequest(engine, input, context),
        await inspectRequest(live, input, context),
      ];
      expect(second.features).toEqual(first.features);
      expect(second.ranked.map(({ itemIndex, score }) => [itemIndex, score])).toEqual(
        first.ranked.map(({ itemIndex, score }) => [itemIndex, score]),
      );
    }
  });

  it('the same features and popularity after live events as from the data set with these events in it', async () => {
    const { log, end } = await logOf(served);
    const { engine: live, live: fold } = createLiveEngine(served, release);
    for await (const step of readLog(log, 0)) fold.apply(step);
    const joined = (await datasetWithLog(served, log, () => 'hash')).dataset;
    const interactions = buildInteractions(joined.events);
    expect(interactions.count).toBe(served.events.count + 80 - 8 - 8);

    const activity = buildItemActivity(interactions, joined.items.vocabulary.ids.length);
    const ranking = model.ranking as NonNullable<typeof model.ranking>;
    // In the middle of the events, and behind them all: what is later than the question is not in the answer.
    for (const [place, { userIndex }] of queries.slice(0, 6).entries()) {
      const asOf = place % 2 === 0 ? end + 60 : Math.floor((end + release.trainedAsOf) / 2);
      const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf };
      const { features, query, pool } = await inspectRequest(live, input, context);
      const offline = await rankPool(ranking, query.retrieval, pool, { activity });
      expect(features).toEqual(offline?.features);
      expect(features).not.toEqual((await rankPool(ranking, query.retrieval, pool))?.features);
    }

    const family = findModelFamily('recent-popularity');
    const data = { userCount: joined.users.ids.length, items: joined.items, interactions, asOf: release.trainedAsOf };
    const refitted = await family.fit(data, family.defaults, {
      random: createRandom(1),
      checkpoint: () => Promise.resolve(),
    });
    const counting = live.release.sources.find(({ name }) => name === 'recent-popularity')?.model as RetrievalModel;
    const nobody = { history: EMPTY_HISTORY, asOf: end, userIndex: -1 };
    expect((await counting.retrieve(nobody, 20)).itemIndices).toEqual(
      (await refitted.retrieve(nobody, 20)).itemIndices,
    );
    const [counted, fitted] = [new Float32Array(live.itemCount), new Float32Array(live.itemCount)];
    await counting.scoreAll(nobody, counted);
    await refitted.scoreAll(nobody, fitted);
    for (const [item, score] of fitted.entries()) {
      if (Number.isNaN(score)) expect(counted[item]).toBeNaN();
      else expect(counted[item]).toBeCloseTo(score, 3);
    }
  });

  it('with rarer titles the more novelty is asked for', async () => {
    const { asOf, userIndex } = queries[0] as EvaluationQuery;
    const eventsOf = async (novelty: number): Promise<number> => {
      const goals = { liked: 0, satisfied: 0, novelty };
      const { items } = await recommendList(engine, { userIndex, feedback: EMPTY_FEEDBACK, asOf, goals }, 10, context);
      return items.reduce((sum, { candidate }) => sum + engine.ratings.interactionCounts[candidate.itemIndex]!, 0);
    };
    const [none, some, much] = [await eventsOf(0), await eventsOf(1), await eventsOf(10)];
    expect(some).toBeLessThanOrEqual(none);
    expect(much).toBeLessThan(none);
  });

  it('with what moved the ranker, from values that it saw', async () => {
    const { history, asOf, userIndex } = queries[1] as EvaluationQuery;
    const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf };
    const { items } = await recommendList(engine, { ...input, explainScore: true }, 5, context);
    const { schema, ranker } = model.ranking as NonNullable<typeof model.ranking>;
    const { features, pool } = await inspectRequest(engine, input, context);
    const width = schema.features.length;
    for (const { candidate, moved } of items) {
      const row = pool.itemIndices.indexOf(candidate.itemIndex);
      const values = (features as Float32Array).subarray(row * width, (row + 1) * width);
      expect(moved?.length).toBeGreaterThan(0);
      for (const { feature, value } of moved ?? []) expect(value).toBe(values[schema.names.indexOf(feature)]);
      const all = ranker.explain(values, 1, width)[0] ?? [];
      const total = all.reduce((sum, { contribution }) => sum + contribution, ranker.expectedScore());
      expect(total).toBeCloseTo(candidate.score, 3);
    }
    expect(history.itemIndices.length).toBeGreaterThan(0);
    const plain = await recommendList(engine, input, 5, context);
    expect(plain.items.every((item) => item.moved === undefined)).toBe(true);
  });

  it('the same features for what somebody did a moment ago as for what they did before the training', async () => {
    const { history, userIndex } = queries[0] as EvaluationQuery;
    const asOf = Math.ceil(release.trainedAsOf) + 3600;
    const [first, second] = [...(await model.retrieve({ history, asOf, userIndex }, 2)).itemIndices] as [
      number,
      number,
    ];
    const liked = [first, second].map((item, index) => ({
      eventId: `e${index}`,
      userId: 'anybody',
      itemId: `m${item}`,
      type: 'watched' as const,
      atMs: (asOf + index) * 1000,
    }));
    const feedback = foldFeedback(liked, engine.catalogue.vocabulary.indexOf);
    const request = await inspectRequest(engine, { userIndex, feedback, asOf: asOf + 60 }, context);
    const replayed = {
      history: {
        itemIndices: Int32Array.of(...history.itemIndices, first, second),
        timestamps: Float64Array.of(...history.timestamps, asOf, asOf + 1),
        weights: request.query.retrieval.history.weights,
        ratings: Float32Array.of(...(history.ratings ?? []), Number.NaN, Number.NaN),
      },
      asOf: asOf + 60,
      userIndex,
    };
    expect(request.query.retrieval).toEqual(replayed);
    const ranked = await rankPool(model.ranking as NonNullable<typeof model.ranking>, replayed, request.pool);
    expect([...(request.features as Float32Array)]).toEqual([...(ranked as NonNullable<typeof ranked>).features]);
  });
});

function releaseOf({ sources, ranking }: GenerationModel, trainedAsOf: number): Release {
  return {
    version: '0123456789abcdef',
    generation: 'v2',
    sources,
    ...(ranking && { ranking }),
    datasetHash: 'x',
    trainedAsOf,
  };
}

/** Two events of one person, an hour apart, ten years after the data. */
async function yearsLaterLogOf({ events, items }: Dataset) {
  const log = createMemoryEventLog();
  const startMs = ((events.timestamps.at(-1) ?? 0) + 3650 * DAY) * 1000;
  for (const at of [0, 1]) {
    const itemId = items.vocabulary.ids[at] as string;
    await log.append([{ eventId: `e${at}`, userId: 'u0', itemId, type: 'watched', atMs: startMs + at * 3_600_000 }]);
  }
  return { log, startMs };
}

/** An hour's log of several people that goes on from a data set, with undos and impressions among it. */
async function logOf({ events, items }: Dataset) {
  const log = createMemoryEventLog();
  const startMs = (events.timestamps.at(-1) ?? 0) * 1000 + 1000;
  const count = 80;
  for (let at = 0; at < count; at++) {
    const [userId, itemId] = [`u${at % 7}`, items.vocabulary.ids[(at * 5) % 90] as string];
    const type = at % 10 === 9 ? 'impression' : at % 3 === 0 ? 'like' : 'watched';
    await log.append([{ eventId: `e${at}`, userId, itemId, type, atMs: startMs + at * 45_123 }]);
    if (at % 10 !== 5) continue;
    await log.append([
      { eventId: `undo-${at}`, userId, itemId, type: 'undo', undoes: `e${at}`, atMs: startMs + at * 45_123 + 9 },
    ]);
  }
  return { log, end: Math.ceil((startMs + count * 45_123) / 1000) };
}

/** The data set with these ratings and no others. */
function holding(dataset: Dataset, { count, userIndices, itemIndices, timestamps, ratings }: Interactions): Dataset {
  const values = ratings ?? new Float32Array(count).fill(Number.NaN);
  const types = new Uint8Array(count);
  return { ...dataset, hash: 'x', events: { count, userIndices, itemIndices, timestamps, values, types } };
}
