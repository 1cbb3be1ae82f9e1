import type { ItemSource } from './data-source.ts';
import { type DuckDb, sqlText } from './open-duckdb.ts';
import type { CatalogueItem } from './read-catalogue.ts';

/** SQL that orders the column `id` of new users or items: integers first, by value, then other ids by code point. */
export const ID_ORDER = `CASE WHEN regexp_full_match(id, '-?[0-9]+') THEN TRY_CAST(id AS HUGEINT) END NULLS LAST, id`;

/** Creates the table `catalogue` of the rows of an item table. */
export async function createCatalogueTable(db: DuckDb, items: readonly CatalogueItem[]): Promise<void> {
  await db.run(
    'CREATE TABLE catalogue (item_id VARCHAR, title VARCHAR, year INTEGER, genres VARCHAR[], poster_url VARCHAR, attributes VARCHAR)',
  );
  for (let start = 0; start < items.length; start += 500) {
    const values = items.slice(start, start + 500).map((item) => {
      const text = (value: string | undefined): string => (value === undefined ? 'NULL' : sqlText(value));
      const attributes = item.attributes === undefined ? undefined : JSON.stringify(item.attributes);
      return `(${text(item.itemId)}, ${text(item.title)}, ${item.year}, [${item.genres.map(sqlText).join(', ')}], ${text(item.posterUrl)}, ${text(attributes)})`;
    });
    await db.run(`INSERT INTO catalogue VALUES ${values.join(', ')}`);
  }
}

/**
 * Returns the ids that the item table lacks, if the table has columns about when, where or whether items may be shown.
 * Such an item, for example one with a broken row, is not shown.
 *
 * @param before SQL for ids that are left out.
 */
export async function findUnlicensed(
  db: DuckDb,
  items: ItemSource | undefined,
  before?: string,
): Promise<readonly string[]> {
  const { licenceStart, licenceEnd, regions, hidden } = items?.columns ?? {};
  if ((licenceStart ?? licenceEnd ?? regions ?? hidden) === undefined) return [];
  const others = before === undefined ? '' : `WHERE item_id NOT IN (${before})`;
  const rows = await db.rows(
    `SELECT item_id FROM item_keys ANTI JOIN catalogue USING (item_id) ${others} ORDER BY item_index`,
  );
  return rows.map((row) => String(row['item_id']));
}
