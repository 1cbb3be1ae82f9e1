import { describe, expect, it } from 'vitest';
import { checkerboard } from '../testing/tiny-worlds.ts';
import { growCatalogue } from './grow-catalogue.ts';

const { items } = checkerboard;

describe('growCatalogue', () => {
  it('puts new titles behind those there are, and moves none', () => {
    const grown = growCatalogue(items, [
      { id: 'b', title: 'Bye', year: 2026, genres: ['Western', 'Drama', 'Drama'], attributes: { tags: 'slow' } },
      { id: 'a', posterUrl: 'https://posters.example/a.jpg' },
    ]);
    const count = items.vocabulary.ids.length;
    expect(grown.vocabulary.ids).toEqual([...items.vocabulary.ids, 'b', 'a']);
    expect(grown.vocabulary.indexOf('a')).toBe(count + 1);
    expect(grown.genreNames).toEqual(['Comedy', 'Drama', 'Western']);
    expect(grown.genres.slice(0, count)).toEqual(items.genres);
    expect(grown.genres.slice(count)).toEqual([Int32Array.of(1, 2), Int32Array.of()]);
    expect([...grown.years.subarray(count)]).toEqual([2026, 0]);
    expect(grown.titles.slice(count)).toEqual(['Bye', undefined]);
    expect(grown.posterUrls.slice(count)).toEqual([undefined, 'https://posters.example/a.jpg']);
    expect(grown.attributes.slice(count)).toEqual([{ tags: 'slow' }, undefined]);
    expect(items.vocabulary.ids).toHaveLength(count);
  });

  it('costs no more for the thousandth addition than for the first: each look-up asks two tables at most', () => {
    let grown = items.vocabulary;
    for (let item = 0; item < 1000; item++) grown = grown.extend([`new-${item}`]);
    let looked = 0;
    const get = Map.prototype.get;
    Map.prototype.get = function (key) {
      looked++;
      return get.call(this, key);
    };
    const places = [grown.indexOf('new-999'), grown.indexOf(items.vocabulary.ids[0]), grown.indexOf('nowhere')];
    Map.prototype.get = get;
    expect(places).toEqual([items.vocabulary.ids.length + 999, 0, -1]);
    expect(looked).toBeLessThanOrEqual(6);
    expect(() => grown.extend(['new-5'])).toThrow(expect.objectContaining({ code: 'DUPLICATE_ID' }));
  });

  it('gives genres that come later later positions, whatever their names', () => {
    const once = growCatalogue(items, [{ id: 'x', genres: ['Western'] }]);
    expect(growCatalogue(once, [{ id: 'y', genres: ['Action'] }]).genreNames).toEqual([...once.genreNames, 'Action']);
  });

  it('refuses a title that is there', () => {
    expect(() => growCatalogue(items, [{ id: 'i3' }])).toThrow('"i3" stands twice');
  });

  it('takes more genres than a byte can number, and keeps each title’s own', () => {
    const genreOf = (at: number): string => `g${String(at).padStart(5, '0')}`;
    const added = Array.from({ length: 70_000 }, (_, at) => ({ id: `x${at}`, genres: [genreOf(at)] }));
    const { genreNames, genres } = growCatalogue(items, added);
    const first = items.vocabulary.ids.length;
    for (const at of [0, 255, 256, 299, 65_535, 65_536, 69_999]) {
      expect(Array.from(genres[first + at], (genre) => genreNames[genre])).toEqual([genreOf(at)]);
    }
  });
});
