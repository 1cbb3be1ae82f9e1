import type { ItemIndex } from '@matinee/models/data';
import { type ItemFacts, licencePeriodAt } from '../facts/item-facts.ts';
import { codeOf, type FilterRule } from './verdicts.ts';
import type { ViewerRules } from './viewer-rules.ts';

/**
 * Returns what the viewer may not see at the request time, by item index: 0 or the rule's code. It is part of
 * hydration, because reasons must not name such an item either. Viewers with equal rules get the same array until a
 * licence begins or ends, so it must not be changed.
 *
 * @param asOf Request time, seconds since 1970.
 */
export function findUnseeable(facts: ItemFacts, viewer: ViewerRules, asOf: number): Uint8Array {
  const key = keyOf(facts, viewer, asOf);
  const known = found.get(facts) ?? new Map<string, Uint8Array>();
  found.set(facts, known);
  const earlier = known.get(key);
  if (earlier !== undefined) return earlier;
  if (known.size >= MOST_REMEMBERED || known.size * facts.itemCount >= MOST_BYTES) known.clear();
  const codes = findAnew(facts, viewer, asOf);
  known.set(key, codes);
  return codes;
}

/** Viewers with different rules that are remembered for one set of facts: households have few profiles with rules. */
const MOST_REMEMBERED = 64;
/** A byte an item each. */
const MOST_BYTES = 16 * 1024 * 1024;
const found = new WeakMap<ItemFacts, Map<string, Uint8Array>>();

function keyOf(facts: ItemFacts, viewer: ViewerRules, asOf: number): string {
  const { hidden, region = '', allowList, maturityCap = '', needsKnownMaturity } = viewer;
  const listed = allowList === undefined ? 'all' : [...allowList].join();
  const period = licencePeriodAt(facts, asOf);
  return `${period} ${region} ${maturityCap} ${needsKnownMaturity} ${[...hidden].join()} ${listed}`;
}

function findAnew(facts: ItemFacts, viewer: ViewerRules, asOf: number): Uint8Array {
  const codes = new Uint8Array(facts.itemCount);
  for (let item = 0; item < codes.length; item++) {
    const rule = ruleOfViewer(facts, viewer, asOf, item);
    if (rule !== undefined) codes[item] = codeOf(rule);
  }
  return codes;
}

/** Whether the viewer may see one item at the request time, seconds since 1970; without work for the other items. */
export function maySee(facts: ItemFacts, viewer: ViewerRules, asOf: number, itemIndex: ItemIndex): boolean {
  return ruleOfViewer(facts, viewer, asOf, itemIndex) === undefined;
}

function ruleOfViewer(
  facts: ItemFacts,
  { hidden, region, allowList, maturityCap, needsKnownMaturity }: ViewerRules,
  asOf: number,
  item: number,
): FilterRule | undefined {
  if (facts.isHidden[item] !== 0 || hidden.has(item)) return 'hidden';
  if (asOf < facts.licenceStarts[item]!) return 'licence_not_begun';
  if (asOf >= facts.licenceEnds[item]!) return 'licence_ended';
  const regions = facts.regions[item];
  if (regions !== undefined && (region === undefined || !regions.includes(region))) return 'region';
  if (allowList !== undefined && !allowList.has(item)) return 'not_on_allow_list';
  const age = facts.maturityAges[item]!;
  if (maturityCap !== undefined && age > maturityCap) return 'maturity';
  // Items on an allow list have been checked by a person.
  if (needsKnownMaturity && age < 0 && allowList === undefined) return 'maturity_unknown';
  return undefined;
}

/** Whether the viewer of a hydrated request may see an item's name. */
export function mayName({ unseeable }: { readonly unseeable: Uint8Array }, itemIndex: ItemIndex): boolean {
  return unseeable[itemIndex] === 0;
}
