import {
  buildInteractions,
  createSplit,
  type Dataset,
  type EvaluationQuery,
  fitGeneration,
  type GenerationModel,
  type Release,
  rankPool,
  rerankRankings,
} from '@matinee/models';
import { createRandom } from '@matinee/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from './engine.ts';
import { EMPTY_FEEDBACK, foldFeedback } from './feedback-state.ts';
import { inspectRequest, type RecommendContext, recommendList } from './recommend.ts';
import { createSmallWorld } from './testing/small-world.ts';

const context: RecommendContext = {
  now: () => 0,
  deadlineMs: 1000,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
};
const LIST_LENGTH = 20;

/**
 * The evaluator asks a generation as one model; a request goes through the stages of the recommender. Both must come to
 * the same list for the same moment, or what is reported is not what people get.
 */
describe('what is measured is what is served', () => {
  let model: GenerationModel;
  let engine: Engine;
  let queries: readonly EvaluationQuery[];
  let availableFrom: Float64Array;

  beforeAll(async () => {
    const { dataset } = await createSmallWorld(3);
    const interactions = buildInteractions(dataset.events);
    const [userCount, itemCount] = [dataset.users.ids.length, dataset.items.vocabulary.ids.length];
    const { test } = createSplit('temporal', { interactions, userCount, itemCount });
    const training = { userCount, items: dataset.items, interactions: test.train, asOf: test.trainAsOf };
    ({ model } = await fitGeneration(
      'v2',
      training,
      { latestShare: 0.4 },
      {
        random: createRandom(1),
        checkpoint: () => Promise.resolve(),
        stage: (_, work) => work({ checkpoint: () => Promise.resolve(), summary: () => undefined }),
      },
    ));
    engine = createEngine(upTo(dataset, test.trainAsOf), releaseOf(model, test.trainAsOf));
    // Those whose whole history the server's data set holds: it ends where the training ends.
    queries = test.queries.filter(({ history }) => (history.timestamps.at(-1) ?? Infinity) <= test.trainAsOf);
    availableFrom = test.availableFrom;
  });

  it('has a ranker, and questions', () => {
    expect(model.ranking).toBeDefined();
    expect(queries.length).toBeGreaterThan(15);
  });

  it('the same titles in the same order, for the same moment', async () => {
    for (const { history, asOf, userIndex } of queries) {
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

  it('the same titles in the same order where a request asks for diversity, by what the evaluator re-orders with', async () => {
    const { titleSpace, catalogue } = engine;
    for (const query of queries.slice(0, 10)) {
      const { history, asOf, userIndex } = query;
      const excluded = Uint8Array.from(catalogue.titles, (title) => (title === undefined ? 1 : 0));
      const { itemIndices } = await model.retrieve({ history, asOf, userIndex }, 100, excluded);
      const lengths = Int32Array.of(itemIndices.length);
      const measured = rerankRankings({ depth: itemIndices.length, itemIndices, lengths }, [query], titleSpace, 0.3);
      const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf, diversity: 0.3 };
      const { items, trace } = await recommendList(engine, input, LIST_LENGTH, context);
      expect(items.map(({ candidate }) => candidate.itemIndex)).toEqual([
        ...measured.itemIndices.subarray(0, LIST_LENGTH),
      ]);
      expect(trace.moves.length).toBeGreaterThan(0);
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
    const { items } = await recommendList(engine, { ...input, takeApart: true }, 5, context);
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
    const { history, asOf, userIndex } = queries[0] as EvaluationQuery;
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

/** The data set as it stood at that moment. */
function upTo(dataset: Dataset, asOf: number): Dataset {
  const { events } = dataset;
  const count = events.timestamps.findIndex((time) => time > asOf);
  return {
    ...dataset,
    hash: 'x',
    events: {
      count,
      userIndices: events.userIndices.subarray(0, count),
      itemIndices: events.itemIndices.subarray(0, count),
      timestamps: events.timestamps.subarray(0, count),
      values: events.values.subarray(0, count),
      types: events.types.subarray(0, count),
    },
  };
}
