import type { Catalogue } from '@matinee/models/data';
import type { ItemChange } from '../ports/new-item-store.ts';

/**
 * Applies changes to items of the catalogue. No index changes: new genres come after the others, and unknown ids are
 * skipped. Models keep what they learned of an item until they are trained again.
 *
 * @remarks O(items), for the copies of the columns.
 */
export function changeCatalogue(catalogue: Catalogue, changes: readonly ItemChange[]): Catalogue {
  const { vocabulary } = catalogue;
  const known = changes.filter(({ itemId }) => vocabulary.indexOf(itemId) >= 0);
  if (known.length === 0) return catalogue;
  const present = new Set(catalogue.genreNames);
  const strange = new Set(known.flatMap(({ item }) => item.genres ?? []).filter((name) => !present.has(name)));
  const genreNames = [...catalogue.genreNames, ...Array.from(strange).sort((a, b) => (a < b ? -1 : 1))];
  const positions = new Map(genreNames.map((name, position) => [name, position]));
  const titles = [...catalogue.titles];
  const years = catalogue.years.slice();
  const genres = [...catalogue.genres];
  const posterUrls = [...catalogue.posterUrls];
  const attributes = [...catalogue.attributes];
  for (const { itemId, item } of known) {
    const at = vocabulary.indexOf(itemId);
    if (item.title !== undefined) titles[at] = item.title ?? undefined;
    if (item.year !== undefined) years[at] = item.year ?? 0;
    if (item.genres !== undefined) {
      genres[at] = Int32Array.from(new Set(item.genres ?? []), (name) => positions.get(name)!).sort();
    }
    if (item.posterUrl !== undefined) posterUrls[at] = item.posterUrl ?? undefined;
    if (item.attributes !== undefined) attributes[at] = item.attributes ?? undefined;
  }
  return { vocabulary, titles, years, genreNames, genres, posterUrls, attributes };
}
