import { describe, expect, it } from 'vitest';
import { explainCandidate } from '../candidates/explain.ts';
import { createEngine } from '../engine/engine.ts';
import { EMPTY_FEEDBACK } from '../log/feedback-state.ts';
import { hydrate } from '../request/query.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { genresOfItem, isTasteGenre, orderGenres } from './genre-order.ts';

describe('orderGenres', () => {
  it.each([
    [
      ['Action', 'Adventure', 'Sci-Fi'],
      ['Sci-Fi', 'Adventure', 'Action'],
    ],
    [
      ['Sci-Fi', 'IMAX'],
      ['Sci-Fi', 'IMAX'],
    ],
    [
      ['IMAX', 'Drama'],
      ['Drama', 'IMAX'],
    ],
    [
      ['IMAX', 'Heist', 'Drama'],
      ['Drama', 'Heist', 'IMAX'],
    ],
    [
      ['comedy', 'WESTERN'],
      ['WESTERN', 'comedy'],
    ],
    [[], []],
  ])('%j → %j', (genres, ordered) => expect(orderGenres(genres)).toEqual(ordered));
});

describe('isTasteGenre', () => {
  it('is false for a format and for no genre', () => {
    expect(['IMAX', 'imax', '(no genres listed)', 'Drama', 'Heist'].map(isTasteGenre)).toEqual([
      ...[false, false, false, true, true],
    ]);
  });
});

describe('a catalogue with IMAX', () => {
  it('names the most telling genre first, and no format as a taste', async () => {
    const { dataset, release } = await createSmallWorld();
    const genreNames = ['Action', 'IMAX', 'Sci-Fi'];
    const genres = dataset.items.genres.map((_, item) => Int32Array.from(item < 2 ? [1] : [0, 1, 2]));
    const engine = createEngine({ ...dataset, items: { ...dataset.items, genreNames, genres } }, release);
    expect(genresOfItem(engine.catalogue, 5)).toEqual(['Sci-Fi', 'Action', 'IMAX']);
    const query = hydrate(engine, { userIndex: 0, feedback: EMPTY_FEEDBACK, asOf: 1_600_000_000 });
    expect([...query.tasteGenres].map((genre) => genreNames[genre])).not.toContain('IMAX');
    const fromCatalogue = (itemIndex: number) =>
      explainCandidate(engine, query, {
        itemIndex,
        sources: [{ source: engine.catalogueSource, rank: 1, score: 1, contribution: 1 }],
      });
    expect(await fromCatalogue(5)).toMatchObject({ code: 'similar_to_your_taste', genres: ['Sci-Fi', 'Action'] });
    expect(await fromCatalogue(1)).toMatchObject({ code: 'from_the_catalogue', genres: [] });
  });
});
