import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drawArchitecture } from './architecture-picture.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const order: Record<string, readonly string[]> = createRequire(import.meta.url)('./folder-order.cjs');
const picture = readFileSync(path.join(root, 'docs/architecture.svg'), 'utf8');

describe('docs/architecture.svg', () => {
  it('is what the folder order says (npm run architecture-picture draws it)', () => {
    expect(picture).toBe(drawArchitecture(order));
  });

  it.each(Object.keys(order))('shows every folder of %s, and none that is gone', (source) => {
    const entries = readdirSync(path.join(root, source), { withFileTypes: true });
    const there = entries.filter((entry) => entry.isDirectory() && entry.name !== 'testing').map(({ name }) => name);
    const listed = (order[source] ?? []).filter((folder) => folder !== '.');
    expect([...new Set(listed.map((folder) => folder.split('/')[0]))].toSorted()).toEqual(there.toSorted());
    for (const folder of listed) expect(picture).toContain(`>${folder}</text>`);
  });
});
