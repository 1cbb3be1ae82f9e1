import type { History, ItemIndex } from '@matinee/models/data';
import type { Engine } from '../engine/engine.ts';
import type { FeedbackState } from '../log/feedback-state.ts';
import type { RequestRules } from './request-rules.ts';
import { codeOf, type FilterRule, type Verdicts } from './verdicts.ts';

/** What rules read of a hydrated request: `request/query.ts` has all of it. */
interface RuledQuery {
  /** By item index: 0, or the code of the rule by which this viewer may not even be told of the item. */
  readonly unseeable: Uint8Array;
  readonly rules: RequestRules;
  /** The dataset's part of the history. */
  readonly base: History;
  readonly feedback: FeedbackState;
  readonly fatigued: readonly number[];
}

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
export function applyRules({ itemCount }: Engine, query: RuledQuery, purpose: Purpose = 'recommend'): Verdicts {
  const codes = query.unseeable.slice();
  const remove = (itemIndex: ItemIndex, rule: FilterRule): void => {
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

function removeKnown(
  { base, feedback, fatigued }: RuledQuery,
  remove: (itemIndex: ItemIndex, rule: FilterRule) => void,
): void {
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
