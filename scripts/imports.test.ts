import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterEach, describe, expect, it } from 'vitest';

const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const folders: string[] = [];

/** The names of the rules that a tree of these files violates. */
async function brokenRules(files: Record<string, string>): Promise<string[]> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'matinee-imports-'));
  folders.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  const { output } = await cruise(['packages'], {
    ruleSet: { forbidden: config.forbidden },
    validate: true,
    baseDir: root,
    tsPreCompilationDeps: true,
  });
  return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
}

describe('the import rules', () => {
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  const release = 'packages/models/src/release/release.ts';
  const dataset = 'packages/models/src/data/dataset.ts';

  it('let a folder import from a lower one', async () => {
    const files = { [dataset]: 'export const a = 1;', [release]: "export { a } from '../data/dataset.ts';" };
    expect(await brokenRules(files)).toEqual([]);
  });

  it('refuse a circle of two folders, although no file is in a circle', async () => {
    const files = {
      [dataset]: 'export const a = 1;',
      'packages/models/src/data/other.ts': "export { b } from '../release/release.ts';",
      [release]: "import { a } from '../data/dataset.ts';\nexport const b = a;",
    };
    expect(await brokenRules(files)).toEqual(['one-way: packages/models/src/data']);
  });

  it('refuse a folder that imports the files beside it', async () => {
    const files = {
      'packages/recommender/src/recommend.ts': 'export const a = 1;',
      'packages/recommender/src/online/drift.ts': "export { a } from '../recommend.ts';",
    };
    expect(await brokenRules(files)).toEqual(['one-way: packages/recommender/src/online']);
  });

  it('refuse a folder that the list does not have', async () => {
    const files = {
      [dataset]: 'export const a = 1;',
      'packages/models/src/unheard-of/b.ts': "export { a } from '../data/dataset.ts';",
    };
    expect(await brokenRules(files)).toEqual(['folders-are-listed: packages/models/src']);
  });
});
