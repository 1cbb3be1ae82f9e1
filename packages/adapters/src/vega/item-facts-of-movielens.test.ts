import { readFile } from 'node:fs/promises';
import { type Catalogue, createVocabulary } from '@matinee/models/data';
import { estimateMaturity, type ItemFacts, maturitySourceOf } from '@matinee/recommender';
import { beforeAll, describe, expect, it } from 'vitest';
import { itemFactsOfMovieLens } from './item-facts-of-movielens.ts';
import { readVegaEntries } from './read-vega-entries.ts';

let catalogue: Catalogue;
let facts: ItemFacts;
beforeAll(async () => {
  catalogue = await readBundledCatalogue();
  facts = await itemFactsOfMovieLens(catalogue);
});

async function readBundledCatalogue(): Promise<Catalogue> {
  const text = await readFile(new URL('../../../../data/movielens-small/movies.csv', import.meta.url), 'utf8');
  const rows = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => /^(\d+),("(?:[^"]|"")*"|[^,]*),(\d*),(.*)$/.exec(line)?.slice(1) ?? [])
    .map(([id = '', title = '', ...rest]) => [id, title.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'), ...rest]);
  const genresOf = (row: readonly string[]): string[] =>
    (row[3] ?? '').split('|').filter((genre) => genre !== '' && !genre.startsWith('('));
  const genreNames = [...new Set(rows.flatMap(genresOf))].sort();
  return {
    vocabulary: createVocabulary(rows.map(([id = '']) => id)),
    titles: rows.map(([, title]) => (title === '' ? undefined : title)),
    years: Int32Array.from(rows, ([, , year]) => Number(year)),
    genreNames,
    genres: rows.map((row) => Int32Array.from(genresOf(row), (genre) => genreNames.indexOf(genre)).sort()),
    posterUrls: rows.map(() => undefined),
    attributes: rows.map(() => undefined),
  };
}

const factOf = (id: string) => {
  const item = catalogue.vocabulary.indexOf(id);
  return [facts.maturityAges[item], maturitySourceOf(facts, item), facts.distributors[item]];
};

describe('itemFactsOfMovieLens', () => {
  it('takes rating and distributor from the entry of that title and year', () => {
    // Toy Story is G, Casino R.
    expect(factOf('1')).toEqual([0, 'listed', 'Walt Disney Pictures']);
    expect(factOf('16')).toEqual([17, 'listed', 'Universal']);
  });

  it.each([
    ['Jaws', 1975, 13],
    ['Strangers on a Train', 1951, 13],
    ['Gone with the Wind', 1939, 13],
    ['Toy Story', 1995, 0],
  ])('keeps %s (%i) for people of %i', (title, year, age) => {
    const item = catalogue.titles.findIndex((each, at) => {
      const [name, article] = (each ?? '').split(', The');
      return catalogue.years[at] === year && (each === title || (article !== undefined && `The ${name}` === title));
    });
    expect(item).toBeGreaterThanOrEqual(0);
    expect(facts.maturityAges[item]).toBe(age);
  });

  it('has no title for small children that is dark, and none from before PG-13 that only has parental guidance', () => {
    const dark = ['Crime', 'Film-Noir', 'Horror', 'Thriller', 'War'];
    const wrong = catalogue.titles.filter((_, item) => {
      const genres = Array.from(catalogue.genres[item]!, (genre) => catalogue.genreNames[genre]!);
      return (
        facts.maturityAges[item]! >= 0 && facts.maturityAges[item]! < 13 && genres.some((genre) => dark.includes(genre))
      );
    });
    expect(wrong).toEqual([]);
  });

  it('estimates the others and marks them as estimated', () => {
    const item = catalogue.titles.findIndex((_, each) => maturitySourceOf(facts, each) === 'estimated');
    expect([7, 13, 17]).toContain(facts.maturityAges[item]);
  });

  it('covers the bundled data set as docs/rules.md says', async () => {
    const counts = { listed: 0, estimated: 0, unknown: 0, distributors: 0, tooLow: 0 };
    for (const item of catalogue.titles.keys()) {
      const source = maturitySourceOf(facts, item);
      counts[source]++;
      if (facts.distributors[item] !== undefined) counts.distributors++;
      const genres = Array.from(catalogue.genres[item]!, (genre) => catalogue.genreNames[genre]!);
      if (source === 'listed' && (estimateMaturity(genres) ?? 18) < facts.maturityAges[item]!) counts.tooLow++;
    }
    const page = await readFile(new URL('../../../../docs/rules.md', import.meta.url), 'utf8');
    const format = (count: number): string => count.toLocaleString('en');
    expect(page).toContain(
      `Of the bundled ${format(catalogue.titles.length)} titles ${format(counts.listed)} have a listed age, ${format(counts.estimated)} an estimated one, ${format(counts.unknown)} none; ${format(counts.distributors)} have a\ndistributor. The estimate lies below the listed age for ${counts.tooLow} of the ${format(counts.listed)}.`,
    );
  });
});

describe('readVegaEntries', () => {
  it('reads two-digit years as years of the last century', async () => {
    const entries = await readVegaEntries();
    expect(entries.length).toBeGreaterThan(3000);
    expect(entries.find(({ title }) => title === 'Fantasia')?.year).toBe(1940);
    expect(entries.every(({ year }) => year > 1910 && year <= 2011)).toBe(true);
  });
});
