import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import { createItemFacts, type ItemFact, type ItemFacts } from '@matinee/recommender';
import { type DatasetManifest, FACTS_FILE, readManifest } from './dataset-manifest.ts';
import type { CatalogueItem } from './read-catalogue.ts';

/** The facts of an item, as a line of the file holds them. */
export type FactLine = ItemFact & { readonly id: string };

/**
 * Writes one line per item with facts. Returns undefined, and writes no file, if there are none.
 *
 * @param withheldIds Items that must not be shown.
 */
export function writeItemFacts(
  folder: string,
  items: readonly CatalogueItem[],
  withheldIds: readonly string[],
): NonNullable<DatasetManifest['facts']> | undefined {
  return writeFactLines(folder, [
    ...items.filter(({ fact }) => Object.keys(fact).length > 0).map(({ itemId, fact }) => ({ id: itemId, ...fact })),
    ...[...new Set(withheldIds)].map((id) => ({ id, isHidden: true })),
  ]);
}

/** As {@link writeItemFacts}, of facts that stand beside their ids. */
export function writeFactLines(
  folder: string,
  lines: readonly FactLine[],
): NonNullable<DatasetManifest['facts']> | undefined {
  if (lines.length === 0) return undefined;
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(path.join(folder, FACTS_FILE), text);
  return { count: lines.length, sha256: sha256(text) };
}

/**
 * Loads the facts for the rules of a prepared data set. They are empty if its source has none.
 *
 * @throws {MatineeError} `BAD_DATASET` when the file is missing or was changed after preparing: without it, forbidden
 *   items would be shown.
 */
export async function loadItemFacts(folder: string, { items }: Pick<Dataset, 'items'>): Promise<ItemFacts> {
  const { ids } = items.vocabulary;
  const facts = new Map((await readFactLines(folder)).map(({ id, ...fact }) => [id, fact]));
  return createItemFacts(ids.length, (item) => facts.get(ids[item]!));
}

/**
 * Reads the lines of the facts of a prepared data set. There are none if its source has no facts.
 *
 * @throws {MatineeError} `BAD_DATASET` when the file is missing or was changed after preparing.
 */
export async function readFactLines(folder: string): Promise<readonly FactLine[]> {
  const expected = readManifest(folder)?.facts;
  if (expected === undefined) return [];
  const file = path.join(folder, FACTS_FILE);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new MatineeError('BAD_DATASET', `${file} cannot be read; delete ${folder} and prepare again`, { cause });
  });
  if (sha256(text) !== expected.sha256) {
    throw new MatineeError('BAD_DATASET', `${file} was changed after preparing; delete ${folder} and prepare again`);
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as FactLine);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
