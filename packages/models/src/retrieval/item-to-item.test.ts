import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { History } from '../data/interactions.ts';
import { historyOf } from '../testing/tiny-worlds.ts';
import { itemKnnFamily } from './item-knn.ts';
import { createItemToItemModel } from './item-to-item.ts';

const ITEMS = 14;

/** [items, items]; 0 = no link. */
const anyTable = fc.array(fc.array(fc.integer({ min: -2, max: 6 }), { minLength: ITEMS, maxLength: ITEMS }), {
  minLength: ITEMS,
  maxLength: ITEMS,
});
const anyEvents = fc.array(fc.tuple(fc.nat(ITEMS - 1), fc.constantFrom(-1, 0, 0.5, 1, 2)), { maxLength: 12 });
const anySettings = fc.record({
  historyDecay: fc.constantFrom(0, 1, 1.5),
  maxHistoryItems: fc.integer({ min: 1, max: 8 }),
});
type Settings = { readonly historyDecay: number; readonly maxHistoryItems: number };

function modelOf(table: readonly (readonly number[])[], settings: Settings) {
  const rows = table.map((row) => row.flatMap((weight, target) => (weight === 0 ? [] : [{ weight, target }])));
  const pointers = new Int32Array(ITEMS + 1);
  for (const [item, row] of rows.entries()) pointers[item + 1] = pointers[item] + row.length;
  const links = {
    pointers,
    targets: Int32Array.from(rows.flat(), ({ target }) => target),
    weights: Float32Array.from(rows.flat(), ({ weight }) => weight),
  };
  const save = () => ({ kind: 'test', version: 1, config: {}, arrays: {} });
  return createItemToItemModel({ kind: 'test', traits: itemKnnFamily.traits, links, ...settings, save });
}

function historyOfEvents(events: readonly (readonly [number, number])[]): History {
  return historyOf(
    events.map(([item]) => item),
    events.map(([, weight]) => weight),
  );
}

/** By the definition, from the newest on; NaN where nothing leads to the candidate. */
function scoreOf(
  table: readonly (readonly number[])[],
  events: readonly (readonly [number, number])[],
  candidate: number,
  { historyDecay, maxHistoryItems }: Settings,
): number {
  let score = Number.NaN;
  let later = 0;
  for (const [item, weight] of events.slice(-maxHistoryItems).toReversed()) {
    const link = table[item][candidate];
    if (link !== 0) score = (Number.isNaN(score) ? 0 : score) + weight * (1 + later) ** -historyDecay * link;
    if (weight > 0) later++;
  }
  return score;
}

describe('createItemToItemModel', () => {
  it('scores every item by the sum over the history', () =>
    fc.assert(
      fc.asyncProperty(anyTable, anyEvents, anySettings, async (table, events, settings) => {
        const scores = new Float32Array(ITEMS);
        const query = { history: historyOfEvents(events), asOf: 0, userIndex: -1 };
        await modelOf(table, settings).scoreAll(query, scores);
        for (const [item, score] of scores.entries()) {
          const expected = scoreOf(table, events, item, settings);
          if (Number.isNaN(expected)) expect(score).toBeNaN();
          else expect(score).toBeCloseTo(expected, 4);
        }
      }),
    ));

  it('names, as far as it is asked, all items with a positive part without which the score is lower, and no others', () =>
    fc.assert(
      fc.asyncProperty(anyTable, anyEvents, anySettings, async (table, events, settings) => {
        const model = modelOf(table, settings);
        const query = { history: historyOfEvents(events), asOf: 0, userIndex: -1 };
        for (let candidate = 0; candidate < ITEMS; candidate++) {
          const contributors = await model.contributors(query, candidate, ITEMS);
          const named = new Set(contributors.map(({ itemIndex }) => itemIndex));
          expect(contributors).toHaveLength(named.size);
          const score = scoreOf(table, events, candidate, settings);
          for (const item of new Set(events.map(([each]) => each))) {
            const without = events.filter(([each]) => each !== item);
            const rest = scoreOf(table, without, candidate, settings);
            const loss = score - (Number.isNaN(rest) ? 0 : rest);
            const part = partOf(table, events, item, candidate, settings);
            if (named.has(item)) expect(Math.min(loss, part)).toBeGreaterThan(-1e-9);
            else expect(Number.isNaN(loss) ? 0 : Math.min(loss, part)).toBeLessThan(1e-6);
          }
        }
      }),
    ));

  it('finds the few of a history among the many that lead to a title', async () => {
    const table = Array.from({ length: ITEMS }, (_, item) =>
      Array.from({ length: ITEMS }, () => (item === 6 ? 0 : item)),
    );
    const model = modelOf(table, { historyDecay: 0, maxHistoryItems: 8 });
    for (const items of [[5], [6], [13, 1], [6, 7], [9, 6], [2, 2]]) {
      const contributors = await model.contributors({ history: historyOf(items), asOf: 0, userIndex: -1 }, 3, ITEMS);
      const expected = new Map(items.filter((item) => item !== 6).map((item) => [item, 0]));
      for (const item of items) if (item !== 6) expected.set(item, (expected.get(item) ?? 0) + item);
      const strongest = [...expected].sort(([, a], [, b]) => b - a);
      expect(contributors.map(({ itemIndex, contribution }) => [itemIndex, contribution])).toEqual(strongest);
    }
  });
});

/** What the item's own terms add. */
function partOf(
  table: readonly (readonly number[])[],
  events: readonly (readonly [number, number])[],
  item: number,
  candidate: number,
  settings: Settings,
): number {
  const alone = table.map((row, other) => (other === item ? row : row.map(() => 0)));
  const part = scoreOf(alone, events, candidate, settings);
  return Number.isNaN(part) ? 0 : part;
}
