import { NO_PAUSE } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSearchIndex } from './search-index.ts';
import { editDistance } from './spelling.ts';

const searchable: [title: string | undefined, year: number, popularity: number][] = [
  ['The Matrix', 1999, 90],
  ['The Matrix Reloaded', 2003, 50],
  ['Amélie', 2001, 60],
  ['Star Wars', 1977, 100],
  ['Starship Troopers', 1997, 30],
  ['A Star Is Born', 1954, 20],
  ['Fast & Furious', 2009, 25],
  ['千と千尋の神隠し', 2001, 40],
  [undefined, 2000, 99],
  ["Schindler's List", 1993, 80],
];
const index = createSearchIndex(searchable.map(([title, year, popularity]) => ({ title, year, popularity })));
const find = (text: string, limit = 8) => index.search(text, limit).itemIndices.map((item) => searchable[item]?.[0]);

describe('createSearchIndex', () => {
  it('finds titles by the beginnings of words, whole matches first, then the more popular', () => {
    expect(find('star')).toEqual(['Star Wars', 'A Star Is Born', 'Starship Troopers']);
    expect(find('matrix')).toEqual(['The Matrix', 'The Matrix Reloaded']);
    expect(find('the mat')).toEqual(['The Matrix', 'The Matrix Reloaded']);
  });

  it('does without accents, articles in front, apostrophes and signs', () => {
    expect(find('AMELIE')).toEqual(['Amélie']);
    expect(find('amélie')).toEqual(['Amélie']);
    expect(find('star is born')[0]).toBe('A Star Is Born');
    expect(find('schindlers list')).toEqual(["Schindler's List"]);
    expect(find('fast and fur')).toEqual(['Fast & Furious']);
    expect(find('千と千尋')).toEqual(['千と千尋の神隠し']);
  });

  it('knows the year as a word', () => {
    expect(find('matrix 2003')).toEqual(['The Matrix Reloaded']);
  });

  it('looks inside words only when no word begins so', () => {
    expect(find('hindler')).toEqual(["Schindler's List"]);
  });

  it('offers the nearest spelling, and says that it did', () => {
    expect(index.search('matrx', 8)).toMatchObject({ itemIndices: [0, 1], corrected: true });
    expect(index.search('satr wars', 8)).toMatchObject({ itemIndices: [3], corrected: true });
    expect(index.search('qqqqqqqq', 8)).toEqual({ itemIndices: [], total: 0, corrected: false });
  });

  it('finds titles without letters and digits by their signs', async () => {
    const titles = ['🎬', '..', '!!!', '!!', '❤\uFE0F (2019)', 'Mother!', '?? (Night of Signs)', '!!?'];
    const rows = titles.map((title, at) => ({ title, year: 0, popularity: at }));
    const all = createSearchIndex(rows);
    const grown = await createSearchIndex(rows.slice(0, 2)).extend(rows.slice(2), NO_PAUSE);
    for (const signs of [all, grown]) {
      const names = (text: string) => signs.search(text, 9).itemIndices.map((item) => titles[item]);
      for (const title of titles.filter((each) => !each.includes('('))) expect(names(title)[0]).toBe(title);
      expect(names('❤')).toEqual(['❤\uFE0F (2019)']);
      expect(names('..')).toEqual(['..']);
      expect(names('! !')[0]).toBe('!!');
      expect(names('!').toSorted()).toEqual(['!!', '!!!', '!!?']);
      expect(names('??')).toEqual(['?? (Night of Signs)']);
      expect(names('night of signs')).toEqual(['?? (Night of Signs)']);
      expect(names('mother')).toEqual(['Mother!']);
      expect(signs.search('🎬', 9, new Uint8Array(titles.length).fill(1, 0, 1)).itemIndices).toEqual([]);
      for (const nothing of ['"', '(', ' ', '🎥', '||']) expect(names(nothing)).toEqual([]);
    }
  });

  it('counts what lies beyond the limit', () => {
    expect(index.search('star', 1)).toEqual({ itemIndices: [3], total: 3, corrected: false });
  });

  it('finds every title by its own name', () => {
    for (const [title] of searchable) if (title !== undefined) expect(find(title)[0]).toBe(title);
  });

  it('finds the same when titles are added one after the other as when it is made of all of them', async () => {
    const titles = searchable.map(([title, year]) => ({ title, year, popularity: 0 }));
    let grown = createSearchIndex(titles.slice(0, 4));
    for (const title of titles.slice(4)) grown = await grown.extend([title], NO_PAUSE);
    const whole = createSearchIndex(titles);
    for (const text of [
      'star',
      'the mat',
      'matrix 2003',
      'satr wars',
      'starsihp',
      'fast and fur',
      '千と',
      'tar',
      'schindler',
    ]) {
      expect(grown.search(text, 8)).toEqual(whole.search(text, 8));
    }
  });

  it('reads only what is added, and the index before still finds what it found', async () => {
    let reads = 0;
    const counted = (title: string) => ({
      get title() {
        reads++;
        return title;
      },
      year: 2000,
      popularity: 0,
    });
    const before = createSearchIndex(Array.from({ length: 500 }, (_, item) => counted(`Story ${item}`)));
    reads = 0;
    const after = await before.extend([counted('Brand new story')], NO_PAUSE);
    expect(reads).toBeLessThanOrEqual(2);
    expect(after.search('brand', 8)).toMatchObject({ itemIndices: [500], total: 1 });
    expect(before.search('brand', 8).total).toBe(0);
    expect([before.search('story', 600).total, after.search('story', 600).total]).toEqual([500, 501]);
  });

  it('leaves out titles of an extension that was not used', async () => {
    const before = createSearchIndex([{ title: 'One', year: 0, popularity: 0 }]);
    await before.extend([{ title: 'Lost', year: 0, popularity: 0 }], NO_PAUSE);
    const after = await before.extend([{ title: 'Two', year: 0, popularity: 0 }], NO_PAUSE);
    expect([after.search('lost', 8).total, after.search('two', 8).itemIndices]).toEqual([0, [1]]);
  });

  it('answers any text without failing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const { itemIndices, total } = index.search(text, 3);
        expect(itemIndices.length).toBe(Math.min(3, total));
      }),
    );
  });
});

describe('editDistance', () => {
  it('counts a swap of neighbours as one edit', () => {
    expect(editDistance('satr', 'star', 3)).toBe(1);
    expect(editDistance('kitten', 'sitting', 3)).toBe(3);
    expect(editDistance('kitten', 'sitting', 2)).toBe(3);
  });

  it('is symmetric, and 0 only for the same word', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b, 9)).toBe(editDistance(b, a, 9));
        expect(editDistance(a, b, 9) === 0).toBe(a === b);
      }),
    );
  });
});
