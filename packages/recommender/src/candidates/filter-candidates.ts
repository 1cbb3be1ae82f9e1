import type { ItemIndex } from '@matinee/models/data';
import { type FilterRule, ruleAgainst, type Verdicts } from '../rules/verdicts.ts';
import type { Candidate } from './candidate.ts';

export interface RemovedCandidate {
  readonly itemIndex: ItemIndex;
  readonly rule: FilterRule;
}

/**
 * Splits candidates into those that may be shown and those that may not. Sources already use the verdicts as a mask, so
 * none of their places is wasted; this check holds whatever a source returns.
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
