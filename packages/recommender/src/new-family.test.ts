import { buildInteractions } from '@matinee/models/data';
import { findModelFamily, fitGeneration, type GenerationModel, resolveGeneration } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import { DEFAULT_SPACES, parseSearchSpace, proposeTrial, readField, valuesOfDefaults } from '@matinee/models/tuning';
import { createRandom } from '@matinee/numerics';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { explainCandidate } from './candidates/explain.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { EMPTY_FEEDBACK } from './log/feedback-state.ts';
import { inspectRequest, recommendPage } from './recommend.ts';
import type { RecommendContext } from './request/recommend-context.ts';
import { createSmallWorld } from './testing/small-world.ts';

// The line that a contributor adds to the registry.
vi.mock('../../models/src/families/source-families.ts', async (importOriginal) => {
  const { SOURCE_FAMILIES } = await importOriginal<{ SOURCE_FAMILIES: object }>();
  const { genreFameFamily: family } = await import('@matinee/models/testing');
  return { SOURCE_FAMILIES: { ...SOURCE_FAMILIES, 'genre-fame': family } };
});

const context: RecommendContext = {
  now: () => 0,
  deadlineMs: 1000,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
};
const SOURCES = ['popularity', 'recent-popularity', 'genre-fame'];

/** The promise of CONTRIBUTING.md: one file and one line in the registry are all that a new family takes. */
describe('a family defined in one file and registered', () => {
  let model: GenerationModel;
  let engine: Engine;

  beforeAll(async () => {
    const { dataset, release } = await createSmallWorld();
    const interactions = buildInteractions(dataset.events);
    const config = resolveGeneration(
      'v2',
      { interactionCount: interactions.count },
      {
        latestShare: 0.4,
        leaveOut: 'nothing',
        sources: Object.fromEntries(SOURCES.map((name) => [name, { family: name, config: {} }])),
      },
    );
    const data = { userCount: dataset.users.ids.length, items: dataset.items, interactions, asOf: release.trainedAsOf };
    ({ model } = await fitGeneration('v2', data, config, {
      random: createRandom(1),
      checkpoint: () => Promise.resolve(),
      stage: (_, work) => work({ checkpoint: () => Promise.resolve(), summary: () => undefined }),
    }));
    const { sources, ranking } = model;
    const trained: Release = { ...release, generation: 'v2', sources, ...(ranking && { ranking }) };
    engine = createEngine(dataset, trained);
  });

  const inputOf = (userIndex: number) => ({
    userIndex,
    feedback: EMPTY_FEEDBACK,
    asOf: engine.release.trainedAsOf + 60,
  });
  const genreOf = (item: number): number => engine.catalogue.genres[item]![0]!;

  it('is fitted inside a generation, and comes back when that is loaded', async () => {
    const fitted = model.sources.find(({ name }) => name === 'genre-fame')?.model;
    expect(fitted?.kind).toBe('genre-fame');
    const loaded = (await findModelFamily('v2').load(model.save())) as GenerationModel;
    expect(loaded.sources.map((source) => source.model.kind)).toEqual(SOURCES);
    expect(loaded.sources[2]?.model.save()).toEqual(fitted?.save());
  });

  it('is refused a setting that it does not have', async () => {
    const data = {
      userCount: 0,
      items: engine.catalogue,
      interactions: buildInteractions(engine.dataset.events),
      asOf: 0,
    };
    const fit = findModelFamily('genre-fame').fit(
      data,
      { shame: 1 },
      { random: createRandom(1), checkpoint: () => Promise.resolve() },
    );
    await expect(fit).rejects.toThrow(/genre-fame has no field "shame"; it has: fame/);
  });

  it('is tuned over the space that it declares', () => {
    const { defaults } = findModelFamily('genre-fame');
    const spaces: Readonly<Record<string, unknown>> = DEFAULT_SPACES;
    const space = parseSearchSpace('genre-fame', spaces['genre-fame'], defaults);
    const start = valuesOfDefaults(space, (field) => readField(defaults, field));
    const plan = { space, defaults: start, seed: 1, epochSteps: [] };
    const first = proposeTrial(plan, [])!;
    expect(first).toMatchObject({ origin: 'defaults', values: { fame: 1 } });
    const { fame } = proposeTrial(plan, [{ ...first, metric: { value: 0.1 } }])!.values;
    expect(fame).not.toBe(1);
    expect(fame).toBeGreaterThanOrEqual(0.5);
    expect(fame).toBeLessThanOrEqual(1.5);
  });

  it('is blended, and the ranker reads its columns and its flag', async () => {
    expect(model.sources.find(({ name }) => name === 'genre-fame')?.weight).toBeGreaterThan(0);
    const { names, features: columns } = engine.release.ranking!.schema;
    const { pool, features } = await inspectRequest(engine, inputOf(3), context);
    expect(names).toEqual(expect.arrayContaining(['genre-fame:score', 'genre-fame:gap', 'genre-fame:rank']));
    const source = pool.sourceNames.indexOf('genre-fame');
    const count = pool.itemIndices.length;
    const found = Array.from(pool.itemIndices, (_, row) => pool.ranks[source * count + row]! > 0);
    expect(found).toContain(true);
    expect(found).toContain(false);
    const flag = names.indexOf('has_tt');
    for (const [row, isFound] of found.entries()) {
      if (row * columns.length >= features!.length) break;
      expect(features![row * columns.length + flag]).toBe(isFound ? 1 : 0);
    }
  });

  it('is explained in the way that it declares: by an item of the history', async () => {
    const { query, ranked } = await inspectRequest(engine, inputOf(3), context);
    const candidate = ranked.find(({ sources }) => sources.some(({ source }) => source.name === 'genre-fame'))!;
    const sources = candidate.sources.filter(({ source }) => source.name === 'genre-fame');
    const explanation = await explainCandidate(engine, query, { ...candidate, sources });
    if (explanation.code !== 'because_you_watched') throw new Error(`gave ${explanation.code}`);
    expect(query.retrieval.history.itemIndices).toContain(explanation.itemIndex);
    expect(genreOf(explanation.itemIndex)).toBe(genreOf(candidate.itemIndex));
  });

  it('is shown in the rows that it declares itself good for', async () => {
    const { sections } = await recommendPage(engine, inputOf(3), context);
    const row = sections.find(({ kind }) => kind === 'because_you_watched')!;
    expect(row.placements.length).toBeGreaterThan(3);
    for (const { itemIndex, explain } of row.placements) {
      expect(genreOf(itemIndex)).toBe(genreOf(row.anchor!));
      expect(await explain()).toEqual({ code: 'because_you_watched', itemIndex: row.anchor });
    }
  });
});
