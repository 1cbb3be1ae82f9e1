import type { ItemIndex } from '@matinee/models/data';

/**
 * What this viewer may not see at all, and not be told of either: no list, no search and no reason names it. `hidden`:
 * taken out by the operator or from this profile. `licence_ended` and `licence_not_begun`: by the moment of the request.
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
/** What this one answer is to be without. */
const REQUEST_RULES = ['excluded', 'filtered'] as const;
/**
 * What is no use to recommend, since it is known to the user. `seen`: in the history of the data set. `watched`,
 * `rated`, `skipped`: said here; a liked title is known as well. `fatigue`: shown again and again, and passed over.
 * Who looks for such a title finds it.
 */
const KNOWN_RULES = ['seen', 'watched', 'rated', 'skipped', 'fatigue'] as const;

/** Why a title is kept out; the first that matches counts. */
export const FILTER_RULES = [...VIEWER_RULES, ...REQUEST_RULES, ...KNOWN_RULES] as const;
export type FilterRule = (typeof FILTER_RULES)[number];

/** Every title's verdict, before anything is retrieved. */
export interface Verdicts {
  /** By item index: 0 = allowed, otherwise 1 + position in {@link FILTER_RULES}. Sources take it as their mask. */
  readonly codes: Uint8Array;
}

/** What a rule is called in {@link Verdicts.codes}. */
export function codeOf(rule: FilterRule): number {
  return FILTER_RULES.indexOf(rule) + 1;
}

/** The rule that keeps the title out; undefined = it may be shown. */
export function ruleAgainst({ codes }: Verdicts, itemIndex: ItemIndex): FilterRule | undefined {
  return FILTER_RULES[codes[itemIndex]! - 1];
}

/** How many titles of the catalogue each rule keeps out; rules without any are absent. */
export function countRemoved({ codes }: Verdicts): Partial<Record<FilterRule, number>> {
  const byCode = new Int32Array(FILTER_RULES.length + 1);
  for (let item = 0; item < codes.length; item++) byCode[codes[item]!]!++;
  const counted = FILTER_RULES.map((rule) => [rule, byCode[codeOf(rule)]!] as const);
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
}
