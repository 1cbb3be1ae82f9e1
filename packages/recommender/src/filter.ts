import type { Candidate } from './candidate.ts';
import type { Query } from './query.ts';

/**
 * Why a title is kept out, first match counts. `seen`: in the user's history of the data set. `rated`, `watched`,
 * `skipped`: said here; a liked title is known to the user, so it is not recommended either. `excluded`: by this request.
 */
export const FILTER_RULES = ['seen', 'watched', 'rated', 'skipped', 'excluded'] as const;
export type FilterRule = (typeof FILTER_RULES)[number];

/** Every title's verdict, before anything is retrieved. */
export interface Verdicts {
  /** By item index: 0 = allowed, otherwise 1 + position in {@link FILTER_RULES}. Sources take it as their mask. */
  readonly codes: Uint8Array;
}

export interface RemovedCandidate {
  readonly itemIndex: number;
  readonly rule: FilterRule;
}

/** The one rule engine: every endpoint and every row asks it, so none can leak what another hides. */
export function applyRules(query: Query, itemCount: number): Verdicts {
  const codes = new Uint8Array(itemCount);
  const remove = (itemIndex: number, rule: FilterRule): void => {
    if (itemIndex >= 0 && itemIndex < itemCount && codes[itemIndex] === 0) {
      codes[itemIndex] = FILTER_RULES.indexOf(rule) + 1;
    }
  };
  for (const itemIndex of query.base.itemIndices) remove(itemIndex, 'seen');
  for (const [itemIndex, feedback] of query.feedback.byItem) {
    if (feedback.watched) remove(itemIndex, 'watched');
    if (feedback.taste !== null) remove(itemIndex, 'rated');
    if (feedback.skipped) remove(itemIndex, 'skipped');
  }
  for (const itemIndex of query.exclude) remove(itemIndex, 'excluded');
  return { codes };
}

/** The rule that keeps the title out; undefined = it may be shown. */
export function ruleAgainst({ codes }: Verdicts, itemIndex: number): FilterRule | undefined {
  return FILTER_RULES[codes[itemIndex]! - 1];
}

/** How many titles of the catalogue each rule keeps out; rules without any are absent. */
export function countRemoved({ codes }: Verdicts): Partial<Record<FilterRule, number>> {
  const counts: Partial<Record<FilterRule, number>> = {};
  for (const code of codes) {
    const rule = FILTER_RULES[code - 1];
    if (rule !== undefined) counts[rule] = (counts[rule] ?? 0) + 1;
  }
  return counts;
}

/**
 * Parts candidates into those that may be shown and those that may not. Sources are given the verdicts as a mask, so
 * that no place of theirs is wasted; this is what makes sure, whatever a source returns.
 */
export function filterCandidates(
  candidates: readonly Candidate[],
  verdicts: Verdicts,
): { readonly kept: readonly Candidate[]; readonly removed: readonly RemovedCandidate[] } {
  const kept: Candidate[] = [];
  const removed: RemovedCandidate[] = [];
  for (const candidate of candidates) {
    const rule = ruleAgainst(verdicts, candidate.itemIndex);
    if (rule === undefined) kept.push(candidate);
    else removed.push({ itemIndex: candidate.itemIndex, rule });
  }
  return { kept, removed };
}
