import type { Dataset } from '@matinee/models/data';
import type { ItemFact } from '@matinee/recommender';
import type { RuleCase } from './rule-cases.ts';

/** Applies the rules of docs/rules.md item by item, without the engine's code, so that its answers can be checked. */
export interface RuleOracle {
  /** Whether the viewer may see the item at all. */
  maySee(item: number): boolean;
  /** Whether a search with this request may find the item. */
  mayFind(item: number): boolean;
  /** Whether this request may recommend the item. */
  mayRecommend(item: number): boolean;
}

export function createRuleOracle(
  { profile, asOf, region, exclude, filter, said, shown, user }: RuleCase,
  world: {
    readonly dataset: Dataset;
    readonly byItem: readonly ItemFact[];
    readonly deleted: ReadonlySet<number>;
  },
): RuleOracle {
  const { events } = world.dataset;
  const seen = new Set<number>();
  if (typeof user === 'number') {
    for (let row = 0; row < events.count; row++) {
      if (events.userIndices[row] === user) seen.add(events.itemIndices[row]!);
    }
  }
  const place = (profile?.region ?? region)?.toUpperCase();
  const cap = profile?.maturityCap ?? (profile?.isKids === true ? 7 : 18);

  function maySee(item: number): boolean {
    const id = `m${item}`;
    const { isHidden, licenceStart, licenceEnd, regions, maturity } = world.byItem[item]!;
    if (world.deleted.has(item)) return false;
    if (isHidden === true || profile?.hidden.includes(id) === true) return false;
    if (licenceStart !== undefined && licenceStart > asOf) return false;
    if (licenceEnd !== undefined && licenceEnd <= asOf) return false;
    if (regions !== undefined && (place === undefined || !regions.includes(place))) return false;
    const allowList = profile?.allowList ?? null;
    if (allowList !== null && !allowList.includes(id)) return false;
    if (maturity !== undefined) return maturity.age <= cap;
    return allowList !== null || !(profile?.isKids === true || cap < 18);
  }

  function mayFind(item: number): boolean {
    return maySee(item) && !exclude.includes(item) && (filter === null || filter.says(item, world) === true);
  }

  function isKnown(item: number): boolean {
    const about = said.filter((each) => each.item === item).map(({ type }) => type);
    if (seen.has(item) || about.some((type) => type !== 'click')) return true;
    const days = new Set(shown.filter((each) => each.item === item).flatMap(({ daysAgo }) => daysAgo));
    return !about.includes('click') && [...days].filter((day) => day <= 14).length >= 3;
  }

  return { maySee, mayFind, mayRecommend: (item) => mayFind(item) && !isKnown(item) };
}
