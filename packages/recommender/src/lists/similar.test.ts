import { findModelFamily } from '@matinee/models/generations';
import type { RetrievalModel } from '@matinee/models/retrieval';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../engine/engine.ts';
import { EMPTY_FEEDBACK } from '../log/feedback-state.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { similarTitles } from './similar.ts';

/** Rated by nobody, of genre 4. */
const UNMET_TITLE = 238;

describe('similarTitles', () => {
  let engine: Engine;
  beforeAll(async () => {
    const { dataset, release } = await createSmallWorld();
    engine = createEngine(dataset, release);
  });
  const context = {
    now: () => 0,
    deadlineMs: 200,
    timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
  };
  const ask = async (of: Engine, itemIndex: number, exclude: readonly number[] = []) => {
    const input = { userIndex: -1, feedback: EMPTY_FEEDBACK, asOf: 1_600_000_000, rules: { exclude } };
    return (await similarTitles(of, input, itemIndex, 12, context)).titles;
  };

  it('finds neighbours of a well-known title', async () => {
    const titles = await ask(engine, 0);
    expect(titles).toHaveLength(12);
    expect(new Set(titles).size).toBe(12);
    expect(titles).not.toContain(0);
  });

  it('turns to titles of the genre where nobody has met the title', async () => {
    const titles = await ask(engine, UNMET_TITLE);
    expect(titles.length).toBeGreaterThan(0);
    expect(titles.every((title) => title % 6 === UNMET_TITLE % 6)).toBe(true);
  });

  it('asks the vectors of a model that has some before the genre', async () => {
    const near = [5, 11, 17, 23, 29, 35, 41, 47, 53, 59, 65, 71];
    const values = Float32Array.from({ length: 240 }, (_, item) =>
      item === UNMET_TITLE || near.includes(item) ? 1 : -1,
    );
    const withVectors: RetrievalModel = {
      ...(engine.release.sources[0]?.model as RetrievalModel),
      kind: 'two-tower',
      traits: findModelFamily('two-tower').traits,
      vectors: { width: 1, itemIndices: Int32Array.from(values.keys()), values },
    };
    const sources = [...engine.release.sources, { name: 'two-tower', model: withVectors, weight: 0 }];
    const extended = { ...engine, release: { ...engine.release, sources } };
    expect(await ask(extended, UNMET_TITLE)).toEqual(near);
    expect(await ask(extended, UNMET_TITLE, [5])).not.toContain(5);
  });

  it('puts the other parts of a series first, and marks what a member has seen', async () => {
    const { dataset } = engine;
    const titles = dataset.items.titles.map((title, item) =>
      item === 0 ? 'Quest' : item === 66 ? 'Quest 3' : item === 120 ? 'Quest 2: The Return' : title,
    );
    const years = dataset.items.years.map((year, item) => ({ 0: 1990, 120: 1993, 66: 1996 })[item] ?? year);
    const named = createEngine({ ...dataset, items: { ...dataset.items, titles, years } }, engine.release);
    expect((await ask(named, 0)).slice(0, 2)).toEqual([120, 66]);
    expect((await ask(named, 66)).slice(0, 2)).toEqual([120, 0]);
    expect(await ask(named, 0, [120])).not.toContain(120);
    expect(await ask(named, 0)).toHaveLength(12);
    const input = { userIndex: 0, feedback: EMPTY_FEEDBACK, asOf: 1_600_000_000 };
    const { titles: listed, seen } = await similarTitles(named, input, 0, 12, context);
    expect(listed).toEqual(await ask(named, 0));
    const history = named.histories.of(0).itemIndices;
    expect([...seen].sort()).toEqual(listed.filter((item) => history.includes(item)).sort());
    expect(seen.size).toBeGreaterThan(0);
  });
});
