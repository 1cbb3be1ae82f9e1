import type { ItemIndex } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import type { ItemFact } from '../ports/item-fact.ts';
import { MATURITY_SOURCES, MAX_MATURITY_AGE, type MaturitySource } from './maturity.ts';

/**
 * Facts of all items as columns by item index, beside the catalogue. They are not part of the dataset's hash, because a
 * licence that ends needs no new training.
 */
export interface ItemFacts {
  readonly itemCount: number;
  /** −1 = unknown. */
  readonly maturityAges: Int8Array;
  /** Positions in {@link MATURITY_SOURCES}. */
  readonly maturitySources: Uint8Array;
  readonly distributors: readonly (string | undefined)[];
  readonly regions: readonly (readonly string[] | undefined)[];
  /** Seconds since 1970; −∞ and +∞ where there is no limit. */
  readonly licenceStarts: Float64Array;
  readonly licenceEnds: Float64Array;
  /** Times at which any licence begins or ends, ascending. */
  readonly licenceMoments: Float64Array;
  readonly isOriginal: Uint8Array;
  readonly isHidden: Uint8Array;
}

const NO_FACT: ItemFact = {};

/** @throws {MatineeError} `BAD_FACTS` for an age outside 0–18. */
export function createItemFacts(itemCount: number, factOf: (itemIndex: ItemIndex) => ItemFact | undefined): ItemFacts {
  const maturityAges = new Int8Array(itemCount).fill(-1);
  const maturitySources = new Uint8Array(itemCount);
  const distributors = new Array<string | undefined>(itemCount).fill(undefined);
  const regions = new Array<readonly string[] | undefined>(itemCount).fill(undefined);
  const licenceStarts = new Float64Array(itemCount).fill(Number.NEGATIVE_INFINITY);
  const licenceEnds = new Float64Array(itemCount).fill(Number.POSITIVE_INFINITY);
  const isOriginal = new Uint8Array(itemCount);
  const isHidden = new Uint8Array(itemCount);
  for (let item = 0; item < itemCount; item++) {
    const fact = factOf(item) ?? NO_FACT;
    const { maturity } = fact;
    if (maturity !== undefined) {
      if (!Number.isInteger(maturity.age) || maturity.age < 0 || maturity.age > MAX_MATURITY_AGE) {
        throw new MatineeError('BAD_FACTS', `title ${item} has maturity age ${maturity.age}; ages are 0 to 18`);
      }
      maturityAges[item] = maturity.age;
      maturitySources[item] = MATURITY_SOURCES.indexOf(maturity.source);
    }
    distributors[item] = fact.distributor;
    regions[item] = fact.regions;
    if (fact.licenceStart !== undefined) licenceStarts[item] = fact.licenceStart;
    if (fact.licenceEnd !== undefined) licenceEnds[item] = fact.licenceEnd;
    isOriginal[item] = fact.isOriginal === true ? 1 : 0;
    isHidden[item] = fact.isHidden === true ? 1 : 0;
  }
  const licenceMoments = Float64Array.from([...licenceStarts, ...licenceEnds].filter(Number.isFinite)).sort();
  const columns = { maturityAges, maturitySources, distributors, regions, licenceStarts, licenceEnds, licenceMoments };
  return { itemCount, ...columns, isOriginal, isHidden };
}

/** Appends the facts of new items. */
export function growItemFacts(facts: ItemFacts, added: readonly ItemFact[]): ItemFacts {
  if (added.length === 0) return facts;
  const grown = createItemFacts(added.length, (at) => added[at]);
  const itemCount = facts.itemCount + added.length;
  return {
    itemCount,
    maturityAges: joined(new Int8Array(itemCount), facts.maturityAges, grown.maturityAges),
    maturitySources: joined(new Uint8Array(itemCount), facts.maturitySources, grown.maturitySources),
    distributors: facts.distributors.concat(grown.distributors),
    regions: facts.regions.concat(grown.regions),
    licenceStarts: joined(new Float64Array(itemCount), facts.licenceStarts, grown.licenceStarts),
    licenceEnds: joined(new Float64Array(itemCount), facts.licenceEnds, grown.licenceEnds),
    licenceMoments: merged(facts.licenceMoments, grown.licenceMoments),
    isOriginal: joined(new Uint8Array(itemCount), facts.isOriginal, grown.isOriginal),
    isHidden: joined(new Uint8Array(itemCount), facts.isHidden, grown.isHidden),
  };
}

/** Returns `into` with both columns in it, one after the other. */
function joined<T extends Int8Array | Uint8Array | Float64Array>(into: T, first: T, second: T): T {
  into.set(first);
  into.set(second, first.length);
  return into;
}

/** Merges two ascending arrays. Sorting all of them would hold the thread in a large catalogue. */
function merged(a: Float64Array, b: Float64Array): Float64Array {
  const all = new Float64Array(a.length + b.length);
  for (let at = 0, fromA = 0; at < all.length; at++) {
    const fromB = at - fromA;
    const isA = fromB >= b.length || (fromA < a.length && a[fromA]! <= b[fromB]!);
    all[at] = isA ? a[fromA++]! : b[fromB]!;
  }
  return all;
}

/** Returns facts without any age or limit. */
export function noItemFacts(itemCount: number): ItemFacts {
  return createItemFacts(itemCount, () => undefined);
}

/** Counts licence starts and ends up to a time. Equal counts mean that licences allow the same items. */
export function licencePeriodAt({ licenceMoments }: ItemFacts, asOf: number): number {
  let low = 0;
  let high = licenceMoments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (licenceMoments[middle]! <= asOf) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function maturitySourceOf({ maturitySources }: ItemFacts, itemIndex: ItemIndex): MaturitySource {
  return MATURITY_SOURCES[maturitySources[itemIndex]!]!;
}
