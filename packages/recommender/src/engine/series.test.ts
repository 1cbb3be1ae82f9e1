import { type Catalogue, createVocabulary } from '@matinee/models/data';
import { describe, expect, it } from 'vitest';
import { createSeriesIndex } from './series.ts';

type Row = readonly [title: string, year: number, genres: string];

function catalogueOf(rows: readonly Row[]): Catalogue {
  const genreNames = [...new Set(rows.flatMap(([, , genres]) => genres.split('|')))];
  return {
    vocabulary: createVocabulary(rows.map((_, item) => `m${item}`)),
    titles: rows.map(([title]) => title),
    years: Int32Array.from(rows, ([, year]) => year),
    genreNames,
    genres: rows.map(([, , genres]) => Int32Array.from(genres.split('|'), (genre) => genreNames.indexOf(genre))),
    posterUrls: rows.map(() => undefined),
    attributes: rows.map(() => undefined),
  };
}

const firstOf = (rows: readonly Row[], title: string): string | undefined => {
  const first = createSeriesIndex(catalogueOf(rows)).firstOf(rows.findIndex(([name]) => name === title));
  return first === undefined ? undefined : rows[first]?.[0];
};

const SERIES: readonly (readonly [sequel: Row, first: Row, ...others: Row[]])[] = [
  [
    ['Rocky II', 1979, 'Drama'],
    ['Rocky', 1976, 'Drama'],
  ],
  [
    ['Toy Story 2', 1999, 'Animation'],
    ['Toy Story', 1995, 'Animation'],
  ],
  [
    ['Terminator 2: Judgment Day', 1991, 'Action'],
    ['The Terminator', 1984, 'Action'],
  ],
  [
    ['The Godfather: Part II', 1974, 'Crime'],
    ['The Godfather', 1972, 'Crime'],
  ],
  [
    ['The Karate Kid, Part II', 1986, 'Drama'],
    ['The Karate Kid', 1984, 'Drama'],
  ],
  [
    ['Kill Bill: Vol. 2', 2004, 'Action'],
    ['Kill Bill: Vol. 1', 2003, 'Action'],
  ],
  [
    ['Hot Shots! Part Deux', 1993, 'Comedy'],
    ['Hot Shots!', 1991, 'Comedy'],
  ],
  [
    ['The Naked Gun 2 1/2: The Smell of Fear', 1991, 'Comedy'],
    ['The Naked Gun: From the Files', 1988, 'Comedy'],
  ],
  [
    ['The Road Warrior (Mad Max 2)', 1981, 'Action'],
    ['Mad Max', 1979, 'Action'],
  ],
  [
    ['Star Wars: Episode I - The Phantom Menace', 1999, 'Sci-Fi'],
    ['Star Wars: Episode IV - A New Hope', 1977, 'Sci-Fi'],
    ['Star Wars: Episode V - The Empire Strikes Back', 1980, 'Sci-Fi'],
  ],
  [
    ['The Lord of the Rings: The Two Towers', 2002, 'Adventure|Fantasy'],
    ['The Lord of the Rings: The Fellowship of the Ring', 2001, 'Adventure|Fantasy'],
    ['The Lord of the Rings', 1978, 'Adventure|Animation|Fantasy'],
  ],
  [
    ['Mission: Impossible II', 2000, 'Action'],
    ['Mission: Impossible', 1996, 'Action'],
  ],
  [
    ['Mission: Impossible - Ghost Protocol', 2011, 'Action'],
    ['Mission: Impossible', 2000, 'Action'],
  ],
  [
    ['Babe: Pig in the City', 1998, 'Children'],
    ['Babe', 1995, 'Children'],
  ],
  [
    ['Lethal Weapon 4', 1998, 'Action'],
    ['Lethal Weapon', 1987, 'Action'],
    ['Lethal Weapon 3', 1992, 'Action'],
  ],
  [
    ['Halloween II', 2009, 'Horror'],
    ['Halloween (Remake)', 2007, 'Horror'],
    ['Halloween', 1978, 'Horror'],
  ],
  [
    ['The Hunger Games: Mockingjay - Part 2', 2015, 'Adventure'],
    ['The Hunger Games', 2012, 'Adventure'],
    ['The Hunger Games: Mockingjay - Part 1', 2014, 'Adventure'],
  ],
  [
    ['Short Circuit 2', 1988, 'Comedy'],
    ['Short Circuit', 1986, 'Comedy'],
  ],
];

const NO_SERIES: readonly (readonly [title: Row, ...others: Row[]])[] = [
  [
    ['Seven', 1995, 'Thriller'],
    ['7', 1990, 'Thriller'],
  ],
  [
    ['2001: A Space Odyssey', 1968, 'Sci-Fi'],
    ['A Space', 1960, 'Sci-Fi'],
  ],
  [
    ['2010', 1984, 'Sci-Fi'],
    ['2001: A Space Odyssey', 1968, 'Sci-Fi'],
  ],
  [
    ["Ocean's Eleven", 2001, 'Crime'],
    ["Ocean's Ten", 1999, 'Crime'],
  ],
  [
    ['Apollo 13', 1995, 'Drama'],
    ['Apollo', 1990, 'Drama'],
    ['Apollo 13: To the Edge and Back', 1994, 'Drama'],
  ],
  [
    ['District 9', 2009, 'Sci-Fi'],
    ['District 13', 2004, 'Sci-Fi'],
    ['District', 2000, 'Sci-Fi'],
  ],
  [
    ['Super 8', 2011, 'Sci-Fi'],
    ['Super', 2010, 'Sci-Fi'],
  ],
  [
    ['Malcolm X', 1992, 'Drama'],
    ['Malcolm', 1986, 'Drama'],
  ],
  [
    ['Henry V', 1989, 'Drama'],
    ['Henry V (The Chronicle History)', 1944, 'Drama'],
  ],
  [
    ['Assault on Precinct 13', 2005, 'Action'],
    ['Assault on Precinct 13 (Old)', 1976, 'Action'],
  ],
  [
    ['Aliens', 1986, 'Sci-Fi'],
    ['Alien', 1979, 'Sci-Fi'],
  ],
  [
    ['Rocky', 1976, 'Drama'],
    ['Rocky II', 1979, 'Drama'],
  ],
  [
    ['Toy Story 2', 1999, 'Animation'],
    ['Toy Story', 2024, 'Animation'],
  ],
  [
    ['Dracula: Dead and Loving It', 1995, 'Comedy'],
    ['Dracula', 1992, 'Horror'],
  ],
  [
    ['Mad Max: Fury Road', 2015, 'Action'],
    ['Mad Max', 1979, 'Action'],
  ],
  [
    ['Louis C.K.: Hilarious', 2010, 'Comedy'],
    ['Louis C.K.: Shameless', 2007, 'Comedy'],
  ],
  [
    ['Star Trek: First Contact', 1996, 'Sci-Fi'],
    ['Star Trek', 2009, 'Sci-Fi'],
  ],
  [
    ['Taken 2', 0, 'Action'],
    ['Taken', 2008, 'Action'],
  ],
];

describe('firstOf', () => {
  it.each(SERIES.map((rows) => [rows[0][0], rows[1][0], rows] as const))('of %s is %s', (sequel, first, rows) => {
    expect(firstOf(rows, sequel)).toBe(first);
    expect(firstOf(rows.toReversed(), sequel)).toBe(first);
  });

  it.each(NO_SERIES.map((rows) => [rows[0][0], rows] as const))('of %s is none', (title, rows) => {
    expect(firstOf(rows, title)).toBeUndefined();
  });

  it('is none where numbers count a catalogue', () => {
    const rows = Array.from({ length: 20 }, (_, at): Row => [`Story ${at}`, 1980 + at, 'Drama']);
    const index = createSeriesIndex(catalogueOf(rows));
    for (const item of rows.keys()) expect(index.firstOf(item)).toBeUndefined();
  });

  it('is never what came out later, nor a later part itself', () => {
    const rows = [...SERIES, ...NO_SERIES].flat();
    const catalogue = catalogueOf(rows);
    const index = createSeriesIndex(catalogue);
    for (const item of rows.keys()) {
      const first = index.firstOf(item);
      if (first === undefined) continue;
      expect(catalogue.years[first]).toBeLessThanOrEqual(catalogue.years[item]!);
      expect(first).not.toBe(item);
    }
  });

  it('is the same when titles are added to the index of those before them', () => {
    const rows = SERIES.flat();
    const whole = createSeriesIndex(catalogueOf(rows));
    const before = createSeriesIndex(catalogueOf(rows.slice(0, 9)));
    const grown = createSeriesIndex(catalogueOf(rows), before);
    for (const item of rows.keys()) expect(grown.firstOf(item), rows[item]?.[0]).toBe(whole.firstOf(item));
    for (const item of rows.slice(0, 9).keys()) expect(before.firstOf(item) ?? 0).toBeLessThan(9);
  });
});

describe('partsBeside', () => {
  it('returns the other parts, those that came out next first', () => {
    const rows: readonly Row[] = [
      ['Rocky III', 1982, 'Drama'],
      ['Rocky', 1976, 'Drama'],
      ['Rocky II', 1979, 'Drama'],
      ['Rocky Horror', 1975, 'Drama'],
      ['Rocky IV', 1985, 'Drama'],
    ];
    const index = createSeriesIndex(catalogueOf(rows));
    const beside = (item: number) => index.partsBeside(item).map((each) => rows[each]?.[0]);
    expect(beside(1)).toEqual(['Rocky II', 'Rocky III', 'Rocky IV']);
    expect(beside(0)).toEqual(['Rocky IV', 'Rocky II', 'Rocky']);
    expect(beside(3)).toEqual([]);
  });
});
