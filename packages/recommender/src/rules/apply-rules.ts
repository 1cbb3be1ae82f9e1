import type { History, ItemIndex } from '@matinee/models/data';
import type { Engine } from '../engine/engine.ts';
import type { FeedbackState } from '../log/feedback-state.ts';
import type { RequestRules } from './request-rules.ts';
import { codeOf, type FilterRule, type Verdicts } from './verdicts.ts';

/** What rules read of a hydrated request: `request/query.ts` has all of it. */
interface RuledQuery {
  /** By item index: 0, or the code of the rule that hides even the item's name from this viewer. */
  readonly unseeable: Uint8Array;
  readonly rules: RequestRules;
  /** The dataset's part of the history. */
  readonly base: History;
  readonly feedback: FeedbackState;
  readonly fatigued: readonly number[];
}

/**
 * `recommend`: items to suggest. `look-up`: search and the user's own lists, where items the user knows are allowed.
 */
export type Purpose = 'recommend' | 'look-up';

/**
 * Returns the verdict of all rules on every item. Every endpoint and row applies it before choosing items, so that none
 * leaks what another hides and no list is shortened afterwards.
 *
 * O(items) per request, plus the filter's comparisons for items that no other rule removes.
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
  for (const [itemIndex, { watched, taste, skipped }] of feedback.byItem) {
    if (watched) remove(itemIndex, 'watched');
    if (taste !== null) remove(itemIndex, 'rated');
    if (skipped) remove(itemIndex, 'skipped');
  }
  for (const itemIndex of fatigued) {
    // An opened item was not ignored.
    if (feedback.byItem.get(itemIndex)?.clicked !== true) remove(itemIndex, 'fatigue');
  }
}
