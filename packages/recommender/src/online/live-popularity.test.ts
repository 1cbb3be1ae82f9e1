import { buildInteractions, EMPTY_HISTORY } from '@matinee/models/data';
import { findModelFamily } from '@matinee/models/generations';
import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { createSmallWorld } from '../testing/small-world.ts';
import { createLivePopularity } from './live-popularity.ts';

const DAY = 86_400;
const { dataset } = await createSmallWorld();

describe('createLivePopularity', () => {
  it('takes back exactly what it counted, many half-lives after the training', async () => {
    const family = findModelFamily('recent-popularity');
    const { items } = dataset;
    const asOf = dataset.events.timestamps.at(-1) ?? 0;
    const interactions = buildInteractions(dataset.events);
    const base = await family.fit(
      { userCount: 90, items, interactions, asOf },
      { ...family.defaults, halfLifeDays: 1 },
      { random: createRandom(1), checkpoint: () => Promise.resolve() },
    );
    const { model, count } = createLivePopularity(base, asOf);
    const scores = async (): Promise<Float32Array> => {
      const into = new Float32Array(items.vocabulary.ids.length);
      await model.scoreAll({ history: EMPTY_HISTORY, asOf: 0, userIndex: -1 }, into);
      return into;
    };
    const at = (days: number) => ({ weight: 1, moment: asOf + days * DAY, isTrusted: true });
    count(5, at(0.3), 1);
    const before = await scores();
    // At sixty half-lives one event is worth 2⁶⁰ of the first, which doubles cannot hold beside it.
    for (let event = 0; event < 50; event++) count(5, at(60 + event / 100), 1);
    expect((await scores())[5]).toBeGreaterThan(2 ** 60);
    for (let event = 0; event < 50; event++) count(5, at(60 + event / 100), -1);
    expect(await scores()).toEqual(before);
    count(5, at(400), 1);
    expect((await scores())[5]).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});
