import type { NamedSource } from '@matinee/models/blend';
import { findModelFamily } from '@matinee/models/generations';
import type { Contributor } from '@matinee/models/retrieval';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../engine/engine.ts';
import { EMPTY_FEEDBACK } from '../log/feedback-state.ts';
import { hydrate, type Query } from '../request/query.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import type { Candidate } from './candidate.ts';
import { explainCandidate } from './explain.ts';

let engine: Engine;
let query: Query;
/** Of the user's history. */
let watched: readonly number[];
/** Kinds of the sources in the order in which they were asked for contributors. */
let queryCount: string[];

beforeAll(async () => {
  const { dataset, release } = await createSmallWorld();
  engine = createEngine(dataset, release);
  query = hydrate(engine, { userIndex: 3, feedback: EMPTY_FEEDBACK, asOf: release.trainedAsOf });
  watched = Array.from(query.retrieval.history.itemIndices).filter((_, at) => query.retrieval.history.weights[at]! > 0);
});

function sourceOf(kind: string, contributors: readonly Contributor[]): NamedSource {
  const [{ model, weight }] = engine.release.sources as [NamedSource];
  return {
    name: kind,
    weight,
    model: {
      ...model,
      kind,
      traits: findModelFamily(kind).traits,
      async contributors() {
        queryCount.push(kind);
        return contributors;
      },
    },
  };
}

/** A candidate that these found, the largest contribution first. */
function foundBy(...sources: readonly NamedSource[]): Candidate {
  queryCount = [];
  const found = sources.map((source, at) => ({ source, rank: 1, score: 1, contribution: 1 / (at + 1) }));
  return { itemIndex: 239, score: 1, blendScore: 1, sources: found };
}
const contributor = (itemIndex: number | undefined): Contributor[] => [{ itemIndex: itemIndex ?? -1, contribution: 1 }];

describe('explainCandidate', () => {
  it('lets a sum over the history speak for a network that contributed more, and does not run the network', async () => {
    const candidate = foundBy(
      sourceOf('time-transformer', contributor(watched[0])),
      sourceOf('popularity', []),
      sourceOf('ease', contributor(watched[1])),
    );
    expect(await explainCandidate(engine, query, candidate)).toEqual({
      code: 'because_you_watched',
      itemIndex: watched[1],
    });
    expect(queryCount).toEqual(['ease']);
  });

  it('lets what is no network speak first where it contributed most', async () => {
    const itemIndex = engine.catalogue.genres.findIndex((genres) =>
      genres.some((genre) => query.tasteGenres.has(genre)),
    );
    const candidate = foundBy(sourceOf('two-tower', []), sourceOf('ease', contributor(watched[0])));
    expect(await explainCandidate(engine, query, { ...candidate, itemIndex })).toMatchObject({
      code: 'similar_to_your_taste',
    });
    expect(queryCount).toEqual([]);
  });

  it('asks a network where nothing else that found the title has a reason', async () => {
    const candidate = foundBy(sourceOf('sasrec', contributor(watched[0])), sourceOf('ease', []));
    expect(await explainCandidate(engine, query, candidate)).toMatchObject({ itemIndex: watched[0] });
    expect(queryCount.at(-1)).toBe('sasrec');
  });

  it('names nothing that the user did not watch', async () => {
    const stranger = engine.catalogue.titles.findIndex((_, item) => !watched.includes(item));
    const candidate = foundBy(sourceOf('ease', [...contributor(stranger), ...contributor(watched[2])]));
    expect(await explainCandidate(engine, query, candidate)).toMatchObject({ itemIndex: watched[2] });
  });

  it('calls a title that nobody turned to no trend, where a source found it for this user', async () => {
    expect(await explainCandidate(engine, query, foundBy(sourceOf('gru4rec', [])))).toEqual({
      code: 'similar_to_your_taste',
      genres: [],
    });
    expect(await explainCandidate(engine, query, foundBy(sourceOf('popularity', [])))).toEqual({
      code: 'trending_now',
    });
  });
});
