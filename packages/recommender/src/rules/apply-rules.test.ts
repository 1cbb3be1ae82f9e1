import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/engine.ts';
import { createItemFacts } from '../facts/item-facts.ts';
import { foldFeedback } from '../log/feedback-state.ts';
import type { ItemFact } from '../ports/item-fact.ts';
import { hydrate, type RecommendInput } from '../request/query.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { applyRules } from './apply-rules.ts';
import { countRemoved, FILTER_RULES, ruleAgainst } from './verdicts.ts';

const { dataset, release } = await createSmallWorld();
const AS_OF = 1_600_000_000;
const FACTS: readonly ItemFact[] = [
  { isHidden: true },
  { licenceStart: AS_OF + 1 },
  { licenceEnd: AS_OF },
  { regions: ['US'] },
  { regions: [] },
  { maturity: { age: 17, source: 'listed' } },
  { maturity: { age: 7, source: 'estimated' }, licenceStart: AS_OF, licenceEnd: AS_OF + 1, regions: ['DE'] },
];
const engine = createEngine(
  dataset,
  release,
  createItemFacts(240, (item) => FACTS[item] ?? (item < 20 ? {} : { maturity: { age: 0, source: 'listed' } })),
);
const rulesFor = (input: Partial<RecommendInput>, purpose?: 'look-up') => {
  const feedback = foldFeedback([], dataset.items.vocabulary.indexOf);
  const verdicts = applyRules(engine, hydrate(engine, { userIndex: -1, feedback, asOf: AS_OF, ...input }), purpose);
  return { verdicts, of: (item: number) => ruleAgainst(verdicts, item) };
};
const kids = { maturityCap: 7, needsKnownMaturity: true, hidden: new Set([30]), region: 'DE' };

describe('applyRules', () => {
  it('names the rule that keeps each title out', () => {
    const { of } = rulesFor({ viewer: kids, rules: { exclude: [31] }, fatigued: [32, -1] });
    expect([0, 1, 2, 3, 4, 5, 6, 7, 30, 31, 32, 33].map(of)).toEqual([
      ...['hidden', 'licence_not_begun', 'licence_ended', 'region', 'region', 'maturity', undefined],
      ...['maturity_unknown', 'hidden', 'excluded', 'fatigue', undefined],
    ]);
  });

  it('keeps titles of regions from whoever does not say where they are', () => {
    expect(rulesFor({}).of(6)).toBe('region');
    expect(rulesFor({ viewer: { needsKnownMaturity: false, hidden: new Set(), region: 'DE' } }).of(6)).toBeUndefined();
  });

  it('shows nothing beside an allow-list, and trusts it where no age is known', () => {
    const { verdicts, of } = rulesFor({ viewer: { ...kids, allowList: new Set([5, 7, 40]) } });
    expect([5, 7, 40, 41].map(of)).toEqual(['maturity', undefined, undefined, 'not_on_allow_list']);
    expect(verdicts.codes.filter((code) => code === 0)).toHaveLength(2);
  });

  it('lets somebody who looks for it find what they know, but nothing that they may not see', () => {
    const seen = engine.histories.of(3).itemIndices[0]!;
    expect(rulesFor({ userIndex: 3 }).of(seen)).toBe('seen');
    const lookUp = rulesFor({ userIndex: 3, viewer: { ...kids, hidden: new Set() }, fatigued: [33] }, 'look-up');
    expect(Object.keys(countRemoved(lookUp.verdicts))).not.toContain('seen');
    expect(lookUp.of(33)).toBeUndefined();
    expect(lookUp.of(5)).toBe('maturity');
  });

  it('leaves out what a filter cannot say of a title', () => {
    const { of } = rulesFor({ rules: { exclude: [], filter: (item) => (item === 50 ? 1 : item === 51 ? 0 : -1) } });
    expect([50, 51, 52].map(of)).toEqual([undefined, 'filtered', 'filtered']);
  });

  it('has a code for every rule', () => {
    expect(new Set(FILTER_RULES).size).toBe(FILTER_RULES.length);
    expect(FILTER_RULES.length).toBeLessThan(256);
  });
});
