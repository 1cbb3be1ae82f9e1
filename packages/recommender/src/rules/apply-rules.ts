import type { Engine } from '../engine.ts';
import { codeOf, type FilterRule, type Verdicts } from '../filter.ts';
import type { Query } from '../query.ts';

/**
 * `recommend`: whatever the user has not asked for by name. `look-up`: they look for it, or look back at it: what they
 * know already is found as well.
 */
export type Purpose = 'recommend' | 'look-up';

/**
 * The one rule engine: every endpoint and every row asks it before it chooses anything, so none can leak what another
 * hides, and none is shortened by what it would have to take out afterwards.
 *
 * O(titles) a request, plus the filter's comparisons for the titles that no other rule keeps out.
 */
export function applyRules({ itemCount }: Engine, query: Query, purpose: Purpose = 'recommend'): Verdicts {
  const codes = query.unseeable.slice();
  const remove = (itemIndex: number, rule: FilterRule): void => {
    if (itemIndex >= 0 && itemIndex < itemCount && codes[itemIndex] === 0) codes[itemIndex] = codeOf(rule);
  };
  const { exclude, filter } = query.rules;
  for (const itemIndex of exclude) remove(itemIndex, 'excluded');
  if (purpose === 'recommend') removeKnown(query, remove);
  if (filter !== undefined) {
    for (let item = 0; item < itemCount; item++) {
      if (codes[item] === 0 && filter(item) !== 1) remove(item, 'filtered');
    }
  }
  return { codes };
}

function removeKnown({ base, feedback, fatigued }: Query, remove: (itemIndex: number, rule: FilterRule) => void): void {
  for (const itemIndex of base.itemIndices) remove(itemIndex, 'seen');
  for (const [itemIndex, said] of feedback.byItem) {
    if (said.watched) remove(itemIndex, 'watched');
    if (said.taste !== null) remove(itemIndex, 'rated');
    if (said.skipped) remove(itemIndex, 'skipped');
  }
  for (const itemIndex of fatigued) {
    // Somebody who opened it did not pass it over.
    if (feedback.byItem.get(itemIndex)?.clicked !== true) remove(itemIndex, 'fatigue');
  }
}
