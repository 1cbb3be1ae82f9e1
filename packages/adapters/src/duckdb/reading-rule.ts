import path from 'node:path';
import { defined } from '@matinee/numerics';
import type { ItemSource, TableSource } from './data-source.ts';

/** Returns how a table is read, without its folder: moving a folder does not change what is prepared from it. */
export function readingRule({
  file,
  parts: _parts,
  attributeTables,
  ...rule
}: TableSource & Partial<Pick<ItemSource, 'attributeTables'>>): Record<string, unknown> {
  return { ...rule, ...defined({ attributeTables: attributeTables?.map(readingRule) }), file: path.basename(file) };
}
