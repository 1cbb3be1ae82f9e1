import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import * as gbdt from '../src/index.ts';

const page = readFileSync(new URL('../../../docs/gbdt.md', import.meta.url), 'utf8');

/** Returns the page's program as the body of an async function, with imports replaced by reads of `modules`. */
function programOf(markdown: string): string {
  const source = [...markdown.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code).join('\n');
  const plain = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return plain.outputText.replaceAll(/import \{([^}]*)\} from '([^']+)';/g, "const {$1} = modules['$2'];");
}

test('the program on the page runs, beats its baseline and writes its files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gbdt-docs-'));
  const start = process.cwd();
  const printed: string[] = [];
  process.chdir(folder);
  try {
    const modules = { '@matinee/gbdt': gbdt, 'node:fs': await import('node:fs') };
    const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
    await new AsyncFunction('modules', 'console', programOf(page))(modules, {
      log: (line: string) => printed.push(line),
    });
    const [, byModel, byPopularity] = /NDCG@5: ([\d.]+), by popularity alone ([\d.]+)/.exec(printed[0]) ?? [];
    expect(Number(byModel)).toBeGreaterThan(Number(byPopularity) + 0.1);
    expect(Number(byModel)).toBeLessThan(0.99);
    expect(printed).toHaveLength(4);
    expect(existsSync('ranker.json') && existsSync('ranker.onnx')).toBe(true);
  } finally {
    process.chdir(start);
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the page names the functions of the package', () => {
  for (const name of Object.keys(gbdt)) {
    if (!['predictRow', 'probabilities', 'treeCountOf'].includes(name)) expect(page, name).toContain(name);
  }
});
