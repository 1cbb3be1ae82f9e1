import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findReachedCode, hashRankingCode, hashReachedCode, hashSourceCode, sourceEntries } from './code-version.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-code-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (file: string, text: string): Promise<void> => {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), text);
};
const resolve = (specifier: string): string => {
  const [, name, ...parts] = specifier.split('/');
  return pathToFileURL(path.join(folder, name as string, ...parts, 'index.ts')).href;
};
const hash = (): Promise<string> =>
  hashReachedCode([{ label: 'models/families.ts', file: path.join(folder, 'models/families.ts') }], resolve);

describe('the hash of the code that an entry reaches', () => {
  beforeEach(async () => {
    await write(
      'models/families.ts',
      "import { ease } from './retrieval/ease.ts';\nexport const families = { ease };\n",
    );
    await write(
      'models/retrieval/ease.ts',
      "import {\n  solve,\n} from '@matinee/numerics/algebra';\nexport const ease = { solve };\n",
    );
    await write('models/report/table.ts', 'export const table = 1;\n');
    await write('numerics/algebra/index.ts', "export * from './solve.ts';\n");
    await write('numerics/algebra/solve.ts', 'export const solve = 1;\n');
  });

  it('changes with a new folder that a family imports, and with every file in it', async () => {
    const before = await hash();
    await write('models/hyperbolic/distance.ts', 'export const distance = 1;\n');
    expect(await hash()).toBe(before);
    await write(
      'models/retrieval/ease.ts',
      "import { solve } from '@matinee/numerics/algebra';\nimport { distance } from '../hyperbolic/distance.ts';\nexport const ease = { solve, distance };\n",
    );
    const imported = await hash();
    expect(imported).not.toBe(before);
    await write('models/hyperbolic/distance.ts', 'export const distance = 2;\n');
    expect(await hash()).not.toBe(imported);
  });

  it('changes with a file that is reached through a package, and not with one that is not reached', async () => {
    const before = await hash();
    await write('models/report/table.ts', 'export const table = 2;\n');
    expect(await hash()).toBe(before);
    await write('numerics/algebra/solve.ts', 'export const solve = 2;\n');
    expect(await hash()).not.toBe(before);
  });

  it('does not follow imports of types, whether there is such a file or not', async () => {
    await write(
      'models/retrieval/ease.ts',
      "import type { Table } from '../report/table.ts';\nexport type { Gone } from './gone.ts';\nimport type { Other } from '@matinee/gone';\nexport const ease = 1;\n",
    );
    const before = await hash();
    await write('models/report/table.ts', 'export const table = 2;\n');
    expect(await hash()).toBe(before);
  });

  it('ignores imports that only stand in comments', async () => {
    await write('models/retrieval/ease.ts', "/**\nimport { x } from './gone.ts'\n*/\nexport const ease = 1;\n");
    await expect(hash()).resolves.toMatch(/^[0-9a-f]{64}$/);
  });

  it('is the same wherever the tree lies', async () => {
    const before = await hash();
    const elsewhere = path.join(folder, 'elsewhere');
    for (const name of ['models', 'numerics'])
      await cp(path.join(folder, name), path.join(elsewhere, name), { recursive: true });
    folder = elsewhere;
    expect(await hash()).toBe(before);
    folder = path.dirname(elsewhere);
  });
});

describe('the code that fits sources', () => {
  it('holds every family, and neither rankers nor reports', async () => {
    const labels = (await findReachedCode(sourceEntries())).map(({ label }) => label);
    const folders = new Set(labels.map((label) => path.posix.dirname(label)));
    for (const name of ['models/retrieval', 'models/sequence', 'models/two-tower', 'numerics', 'numerics/engine']) {
      expect(folders).toContain(`@matinee/${name}`);
    }
    expect(labels.filter((label) => /(ranking|report|evaluation)\//.test(label))).toEqual([]);
  });

  it('is hashed alike every time, and apart from the code that ranks', async () => {
    const [source, ranking] = [await hashSourceCode(), await hashRankingCode()];
    expect(await hashSourceCode()).toBe(source);
    expect(await hashRankingCode()).toBe(ranking);
    expect(source).not.toBe(ranking);
  });
});
