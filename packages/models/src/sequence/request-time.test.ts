import { describe, expect, it } from 'vitest';
import type { History } from '../data/interactions.ts';
import type { RetrievalModel } from '../retrieval/retrieval-model.ts';
import { quietContext, worldOf } from '../testing/tiny-worlds.ts';
import { gru4RecFamily } from './gru4rec.ts';
import { sasRecFamily } from './sasrec.ts';
import { timeTransformerFamily } from './time-transformer.ts';

const MINUTE = 60;
const DAY = 86_400;
const [FORK, SOON, LATE, OTHER] = [0, 1, 2, 3];
const START = 1_000_000;

/** Everybody meets item 0, and then item 1 within a minute or item 2 a day later. */
const forks = worldOf(
  Array.from({ length: 24 }, (_, user) => user)
    .flatMap((user) => [
      { user, item: FORK, time: START + user },
      user % 2 === 0
        ? { user, item: SOON, time: START + user + MINUTE }
        : { user, item: LATE, time: START + user + DAY },
    ])
    .sort((a, b) => a.time - b.time),
  { userCount: 24, genresOfItems: [['Drama'], ['Drama'], ['Drama']] },
);

const training = {
  maxEpochs: 60,
  learningRate: 0.02,
  validationUsers: 0,
  dropoutRate: 0,
  embeddingDim: 16,
  maxLength: 4,
};
const attention = { ...training, feedForwardDim: 16, blockCount: 1, tokensPerBatch: 48 };
const recurrent = { ...training, stateDim: 16, chunkLength: 4, batchSize: 8 };

const scoresOf = async (model: RetrievalModel, history: History, asOf: number): Promise<Float32Array> => {
  const scores = new Float32Array(model.itemCount);
  await model.scoreAll({ history, asOf, userIndex: -1 }, scores);
  return scores;
};
const met = (...events: readonly (readonly [item: number, time: number])[]): History => ({
  itemIndices: Int32Array.from(events, ([item]) => item),
  timestamps: Float64Array.from(events, ([, time]) => time),
  weights: new Float32Array(events.length).fill(1),
});

const timeTransformer = (requestTime: 'used' | 'hidden', world = forks) =>
  timeTransformerFamily.fit(world, { ...timeTransformerFamily.defaults, ...attention, requestTime }, quietContext());
const gru4Rec = (requestTime: 'used' | 'hidden') =>
  gru4RecFamily.fit(forks, { ...gru4RecFamily.defaults, ...recurrent, requestTime }, quietContext());

describe.each([
  ['the time-aware transformer', () => timeTransformer('used')],
  ['GRU4Rec with the clock of the request', () => gru4Rec('used')],
])('%s', (_, fit) => {
  it('learns that it depends on the moment what comes next', async () => {
    const model = await fit();
    const now = 5_000_000;
    const soon = await scoresOf(model, met([FORK, now]), now + MINUTE);
    const late = await scoresOf(model, met([FORK, now]), now + DAY);
    expect(soon[SOON]).toBeGreaterThan(soon[LATE] + 1);
    expect(late[LATE]).toBeGreaterThan(late[SOON] + 1);
  });
});

describe.each([
  ['the time-aware transformer whose clock stands still', () => timeTransformer('hidden')],
  ['GRU4Rec', () => gru4Rec('hidden')],
  ['SASRec', () => sasRecFamily.fit(forks, { ...sasRecFamily.defaults, ...attention }, quietContext())],
])('%s', (_, fit) => {
  it('answers alike at any moment', async () => {
    const model = await fit();
    const history = met([SOON, 5_000_000], [FORK, 5_000_000 + DAY]);
    const soon = await scoresOf(model, history, 5_000_000 + DAY + MINUTE);
    expect(await scoresOf(model, history, 5_000_000 + 9 * DAY)).toEqual(soon);
    expect(soon.some((score) => score !== 0)).toBe(true);
  });
});

describe('the time-aware transformer whose clock stands still', () => {
  it('knows how long before the last item the others were met', async () => {
    const gapOf = (user: number): number => (user % 2 === 0 ? MINUTE : DAY);
    const gaps = worldOf(
      Array.from({ length: 24 }, (_, user) => [
        { user, item: OTHER, time: START + user },
        { user, item: FORK, time: START + user + gapOf(user) },
        { user, item: user % 2 === 0 ? SOON : LATE, time: START + user + gapOf(user) + MINUTE },
      ])
        .flat()
        .sort((a, b) => a.time - b.time),
      { userCount: 24, genresOfItems: [['Drama'], ['Drama'], ['Drama'], ['Drama']] },
    );
    const model = await timeTransformer('hidden', gaps);
    const asOf = 9_000_000;
    const close = await scoresOf(model, met([OTHER, asOf - MINUTE], [FORK, asOf]), asOf);
    const apart = await scoresOf(model, met([OTHER, asOf - DAY], [FORK, asOf]), asOf);
    expect(close).not.toEqual(apart);
  });
});
