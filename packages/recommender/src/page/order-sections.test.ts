import { describe, expect, it } from 'vitest';
import { orderSections, RISE_FACTOR } from './order-sections.ts';
import type { Placement, Section, SectionKind } from './rows/section.ts';

/** A section whose first title has that chance, the others none. */
const sectionOf = (kind: SectionKind, itemIndex: number, parts: Partial<Placement> = {}): Section => ({
  id: `${kind}:${itemIndex}`,
  kind,
  placements: [{ itemIndex, explain: async () => ({ code: 'trending_now' }), ...parts }],
});
const orderOf = (sections: readonly Section[], chances: readonly number[]): number[] =>
  orderSections(sections, (item) => chances[item]!).map(({ placements }) => placements[0]!.itemIndex);

describe('orderSections', () => {
  const usual = [
    sectionOf('popular_right_now', 0),
    sectionOf('similar_to_your_taste', 1),
    sectionOf('mixed_discovery', 2),
  ];

  it('puts a row above those that it is clearly worth more than', () => {
    expect(orderOf(usual, [0.1, 0.2, 0.4])).toEqual([2, 1, 0]);
    expect(orderOf(usual, [0.1, 0.4, 0.2])).toEqual([1, 2, 0]);
  });

  it('keeps the usual order of rows that are worth about the same', () => {
    expect(orderOf(usual, [0.1, 0.1 * RISE_FACTOR, 0.1 * RISE_FACTOR])).toEqual([0, 1, 2]);
    expect(orderOf(usual, [0, 0, 0])).toEqual([0, 1, 2]);
  });

  it('keeps rows of one kind in their order', () => {
    const named = [sectionOf('because_you_watched', 0), sectionOf('because_you_watched', 1)];
    expect(orderOf(named, [0.1, 0.9])).toEqual([0, 1]);
  });

  it('counts a title for less further along its row, and one that was drawn for nothing', () => {
    const [popular, taste] = [sectionOf('popular_right_now', 0), sectionOf('similar_to_your_taste', 1)];
    const late = { ...popular, placements: [...taste.placements, ...popular.placements] };
    expect(orderOf([sectionOf('popular_right_now', 2), late], [0.3, 0, 0.2])).toEqual([2, 1]);
    const drawn = sectionOf('mixed_discovery', 1, { propensity: 0.01 });
    expect(orderOf([popular, drawn], [0.1, 0.9])).toEqual([0, 1]);
  });
});
