import type { Catalogue, ItemIndex } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import type { ItemFact } from '../ports/item-fact.ts';
import type { ItemChange, ItemDescription } from '../ports/new-item-store.ts';
import { createItemFacts, type ItemFacts, maturitySourceOf } from './item-facts.ts';

/** Applies changes to what rules read of the items. @throws {MatineeError} like {@link createItemFacts}. */
export function changeItemFacts(
  facts: ItemFacts,
  { indexOf }: Catalogue['vocabulary'],
  changes: readonly ItemChange[],
): ItemFacts {
  const known = changes.filter(({ itemId }) => indexOf(itemId) >= 0);
  if (known.length === 0) return facts;
  const changed = createItemFacts(known.length, (at) => {
    const { itemId, fact, isDeleted } = known[at]!;
    const after = withChanged(factOf(facts, indexOf(itemId)), fact);
    return isDeleted === true ? { ...after, isHidden: true } : after;
  });
  const maturityAges = facts.maturityAges.slice();
  const maturitySources = facts.maturitySources.slice();
  const distributors = [...facts.distributors];
  const regions = [...facts.regions];
  const licenceStarts = facts.licenceStarts.slice();
  const licenceEnds = facts.licenceEnds.slice();
  const isOriginal = facts.isOriginal.slice();
  const isHidden = facts.isHidden.slice();
  for (const [from, { itemId }] of known.entries()) {
    const to = indexOf(itemId);
    maturityAges[to] = changed.maturityAges[from]!;
    maturitySources[to] = changed.maturitySources[from]!;
    distributors[to] = changed.distributors[from];
    regions[to] = changed.regions[from];
    licenceStarts[to] = changed.licenceStarts[from]!;
    licenceEnds[to] = changed.licenceEnds[from]!;
    isOriginal[to] = changed.isOriginal[from]!;
    isHidden[to] = changed.isHidden[from]!;
  }
  // Moments at which no licence begins or ends any more only divide a period in two.
  const moments = new Set([...facts.licenceMoments, ...changed.licenceMoments]);
  const licenceMoments = moments.size === facts.licenceMoments.length ? facts.licenceMoments : sorted(moments);
  return {
    itemCount: facts.itemCount,
    ...{ maturityAges, maturitySources, distributors, regions, licenceStarts, licenceEnds, licenceMoments },
    ...{ isOriginal, isHidden },
  };
}

/** Returns everything that the catalogue and the facts say of an item. */
export function describeItem(
  { titles, years, genres, genreNames, posterUrls, attributes }: Catalogue,
  facts: ItemFacts,
  at: ItemIndex,
): { readonly item: ItemDescription; readonly fact: ItemFact } {
  const names = Array.from(genres[at] ?? [], (genre) => genreNames[genre]!);
  const item = {
    ...defined({ title: titles[at], year: years[at] || undefined, posterUrl: posterUrls[at] }),
    ...(names.length > 0 && { genres: names }),
    ...defined({ attributes: attributes[at] }),
  };
  return { item, fact: factOf(facts, at) };
}

function factOf(facts: ItemFacts, at: ItemIndex): ItemFact {
  const age = facts.maturityAges[at]!;
  const source = maturitySourceOf(facts, at);
  const [licenceStart, licenceEnd] = [facts.licenceStarts[at]!, facts.licenceEnds[at]!];
  return {
    ...(source !== 'unknown' && { maturity: { age, source } }),
    ...defined({ distributor: facts.distributors[at], regions: facts.regions[at] }),
    ...(Number.isFinite(licenceStart) && { licenceStart }),
    ...(Number.isFinite(licenceEnd) && { licenceEnd }),
    ...(facts.isOriginal[at] === 1 && { isOriginal: true }),
    ...(facts.isHidden[at] === 1 && { isHidden: true }),
  };
}

/** Returns the fact with the changed fields; null takes a field away. */
export function withChanged<Fact extends object>(
  before: Fact,
  change: { readonly [Field in keyof Fact]?: Fact[Field] | null },
): Fact {
  const fields = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null);
  return Object.fromEntries(fields) as Fact;
}

function sorted(values: ReadonlySet<number>): Float64Array {
  return Float64Array.from(values).sort();
}
