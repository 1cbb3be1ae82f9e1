import type { ItemIndex } from '@matinee/models/data';

/**
 * Rules that hide an item from the viewer completely: no list, search or reason names it. `hidden`: by the operator or
 * in this profile. `licence_ended` and `licence_not_begun`: at the request time.
 */
const VIEWER_RULES = [
  'hidden',
  'licence_not_begun',
  'licence_ended',
  'region',
  'not_on_allow_list',
  'maturity',
  'maturity_unknown',
] as const;
/** Rules of one request. */
const REQUEST_RULES = ['excluded', 'filtered'] as const;
/**
 * Rules that remove items the user knows. `seen`: in the dataset's history. `watched`, `rated` (liked or disliked),
 * `skipped`: by live feedback. `fatigue`: shown repeatedly and never opened. A search still finds these items.
 */
const KNOWN_RULES = ['seen', 'watched', 'rated', 'skipped', 'fatigue'] as const;

/** Why an item is removed; the first rule that matches counts. */
export const FILTER_RULES = [...VIEWER_RULES, ...REQUEST_RULES, ...KNOWN_RULES] as const;
export type FilterRule = (typeof FILTER_RULES)[number];

/** The verdict on every item, made before retrieval. */
export interface Verdicts {
  /** By item index: 0 = allowed, otherwise 1 + position in {@link FILTER_RULES}. Sources take it as their mask. */
  readonly codes: Uint8Array;
}

/** Returns a rule's code in {@link Verdicts.codes}. */
export function codeOf(rule: FilterRule): number {
  return FILTER_RULES.indexOf(rule) + 1;
}

/** Returns the rule that removes the item; undefined = it may be shown. */
export function ruleAgainst({ codes }: Verdicts, itemIndex: ItemIndex): FilterRule | undefined {
  return FILTER_RULES[codes[itemIndex]! - 1];
}

/** Counts the catalogue's items that each rule removes; rules without any are absent. */
export function countRemoved({ codes }: Verdicts): Partial<Record<FilterRule, number>> {
  const byCode = new Int32Array(FILTER_RULES.length + 1);
  for (let item = 0; item < codes.length; item++) byCode[codes[item]!]!++;
  const counted = FILTER_RULES.map((rule) => [rule, byCode[codeOf(rule)]!] as const);
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
}
