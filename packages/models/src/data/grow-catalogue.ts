import type { Catalogue, Dataset } from './dataset.ts';

/** An item that is not in the catalogue yet. */
export interface NewItem {
  readonly id: string;
  readonly title?: string;
  readonly year?: number;
  readonly genres?: readonly string[];
  readonly posterUrl?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/**
 * Appends new items to the catalogue without changing any existing index. New genres are appended, too, so genres keep
 * their positions and are no longer sorted.
 *
 * @throws {MatineeError} `DUPLICATE_ID` for an item that is already in the catalogue.
 */
export function growCatalogue(catalogue: Catalogue, added: readonly NewItem[]): Catalogue {
  if (added.length === 0) return catalogue;
  const known = new Set(catalogue.genreNames);
  const strange = [...new Set(added.flatMap(({ genres = [] }) => genres))].filter((genre) => !known.has(genre));
  const genreNames = [...catalogue.genreNames, ...strange.sort(compareText)];
  const positions = new Map(genreNames.map((name, position) => [name, position]));
  const years = new Int32Array(catalogue.years.length + added.length);
  years.set(catalogue.years);
  years.set(
    added.map(({ year = 0 }) => year),
    catalogue.years.length,
  );
  return {
    vocabulary: catalogue.vocabulary.extend(added.map(({ id }) => id)),
    titles: catalogue.titles.concat(added.map(({ title }) => title)),
    years,
    genreNames,
    genres: catalogue.genres.concat(
      added.map(({ genres = [] }) =>
        Int32Array.from(new Set(genres), (genre) => positions.get(genre) as number).sort(),
      ),
    ),
    posterUrls: catalogue.posterUrls.concat(added.map(({ posterUrl }) => posterUrl)),
    attributes: catalogue.attributes.concat(added.map(({ attributes }) => attributes)),
  };
}

/**
 * Appends new items to the data set; none has an event yet. The hash stays, because releases of the data set serve both
 * versions.
 */
export function growDataset(dataset: Dataset, added: readonly NewItem[]): Dataset {
  return added.length === 0 ? dataset : { ...dataset, items: growCatalogue(dataset.items, added) };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
