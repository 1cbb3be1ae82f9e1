import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ATTRIBUTE_NAMES, type ExpressionSubject } from '../../facts/attributes.ts';
import { createItemFacts } from '../../facts/item-facts.ts';
import { createSmallWorld } from '../../testing/small-world.ts';
import { readRequestRules } from '../request-rules.ts';

const page = await readFile(new URL('../../../../../docs/rules.md', import.meta.url), 'utf8');
const linesOf = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  );

const { dataset } = await createSmallWorld();
const subject: ExpressionSubject = {
  catalogue: dataset.items,
  facts: createItemFacts(240, () => undefined),
  interactionCounts: new Int32Array(240),
  attributeNames: new Set(['runtime', 'studio']),
};

describe('docs/rules.md', () => {
  it.each(linesOf('filter'))('has a filter that can be read: %s', (filter) => {
    expect([-1, 0, 1]).toContain(readRequestRules(subject, { filter }).filter?.(0));
  });

  it.each(linesOf('boost'))('has a boost that can be read: %s', (boost) => {
    expect(readRequestRules(subject, { boost }).factorOf?.(0)).toBeGreaterThan(0);
  });

  it.each(linesOf('errors'))('has a mistake that is one: %s', (filter) => {
    expect(() => readRequestRules(subject, { filter })).toThrow(/^"filter", character \d+: /);
  });

  it('quotes messages as they are', () => {
    const quoted = [...page.matchAll(/^\| `([^`]+)` \| `("filter", [^`]+)` \|$/gm)];
    expect(quoted).toHaveLength(3);
    for (const [, filter = '', message = ''] of quoted) {
      expect(() => readRequestRules(subject, { filter })).toThrow(message.replace(/ …$/, ' '));
    }
  });

  it('names every attribute', () => {
    for (const name of ATTRIBUTE_NAMES) expect(page).toMatch(new RegExp(`^\\|.*\`${name}\`.*\\|`, 'm'));
  });
});
