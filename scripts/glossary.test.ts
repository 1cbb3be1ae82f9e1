import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const GLOSSARY = 'docs/glossary.md';
/** The page about retired words, and the store whose table had its name before: a new one would need a migration. */
const EXEMPT = new Set([
  GLOSSARY,
  'packages/adapters/src/sqlite/schema.ts',
  'packages/adapters/src/sqlite/new-item-store.ts',
]);

interface Retired {
  readonly names: ReadonlySet<string>;
  readonly phrases: readonly string[];
}

/** The two columns of the glossary's last table. */
function readRetired(): Retired {
  const [, table = ''] = readFileSync(path.join(root, GLOSSARY), 'utf8').split('## Retired words');
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const wordsOf = (column: number): string[] =>
    rows.flatMap((row) => Array.from(row.split('|')[column]?.matchAll(/`([^`]+)`/g) ?? [], (match) => match[1] ?? ''));
  return { names: new Set(wordsOf(1)), phrases: wordsOf(2) };
}

function filesLike(...patterns: string[]): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...patterns], { cwd: root });
  return listed
    .toString()
    .split('\n')
    .filter((file) => file !== '' && existsSync(path.join(root, file)) && !EXEMPT.has(file));
}

/** `isMovieLensAsked` → is, movielens, asked. */
function wordsOfName(name: string): string[] {
  const parts = name.replaceAll(/MovieLens|movieLens/g, '_movielens_').split(/(?=[A-Z])|[_$\d]+/);
  return parts.map((part) => part.toLowerCase());
}

function findRetiredNames(text: string, { names }: Retired): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile('file.tsx', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && wordsOfName(node.text).some((word) => names.has(word))) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function findRetiredPhrases(text: string, { phrases }: Retired): string[] {
  return phrases.filter((phrase) => new RegExp(`(?<![\\w-])${phrase}(?![\\w-])`, 'i').test(text));
}

/** Without code: files and columns keep the names that users and releases know them by. */
function proseOf(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/**
 * The rows of the feature table in the traced request quote descriptions that are hashed into every release
 * (`feature-schema.ts`): they change with the next version of the computation.
 */
function withoutFeatureRows(markdown: string): string {
  return markdown.replaceAll(/^\| `[a-z_:-]+` \|.*$/gm, '');
}

describe('the glossary', () => {
  const retired = readRetired();

  it('lists retired words for names and for docs', () => {
    expect(retired.names.size).toBeGreaterThan(20);
    expect(retired.phrases.length).toBeGreaterThan(20);
  });

  it('finds a planted name and a planted phrase', () => {
    expect(findRetiredNames('const isAsked = 1; const isMovieLens = movieLensFolder;', retired)).toEqual(['isAsked']);
    expect(findRetiredPhrases('A kept answer is sent.', retired)).toEqual(['kept answer']);
    expect(findRetiredPhrases('Filming is over.', retired)).toEqual([]);
    expect(findRetiredPhrases(proseOf('`film-facts.jsonl` holds films'), retired)).toEqual(['films']);
  });

  it('keeps retired words out of names', () => {
    const found = filesLike('*.ts', '*.tsx').flatMap((file) =>
      findRetiredNames(readFileSync(path.join(root, file), 'utf8'), retired).map((name) => `${file}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('keeps retired words out of docs', () => {
    const found = filesLike('*.md', ':!data').flatMap((file) =>
      findRetiredPhrases(proseOf(withoutFeatureRows(readFileSync(path.join(root, file), 'utf8'))), retired).map(
        (phrase) => `${file}: ${phrase}`,
      ),
    );
    expect(found).toEqual([]);
  });
});
