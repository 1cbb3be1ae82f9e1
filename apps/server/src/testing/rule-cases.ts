import type { Dataset } from '@matinee/models/data';
import { createRandom, type Random } from '@matinee/numerics';
import { createItemFacts, type ItemFact, type ItemFacts, type ProfileRules } from '@matinee/recommender';
import fc from 'fast-check';

export const ITEM_COUNT = 240;
const DAY_SECONDS = 86_400;
/** The time around which licences of the random facts begin and end. */
export const MID_SECONDS = 1_600_000_000;
const REGIONS = ['DE', 'FR', 'US'] as const;
const DISTRIBUTORS = ['Gramercy', 'Lionsgate', 'Own Pictures'];

/** Facts of every kind; each kind restricts only a few items. The oracle reads them by item. */
export function randomFacts(seed: number): { readonly byItem: readonly ItemFact[]; readonly facts: ItemFacts } {
  const random = createRandom(seed);
  const byItem = Array.from({ length: ITEM_COUNT }, () => randomFact(random));
  return { byItem, facts: createItemFacts(ITEM_COUNT, (item) => byItem[item]) };
}

function randomFact(random: Random): ItemFact {
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)] as T;
  const day = (): number => MID_SECONDS + (random.integer(400) - 200) * DAY_SECONDS;
  const fact = {
    ...(random.next() < 0.8
      ? { maturity: { age: pick([0, 7, 13, 17, 18]), source: pick(['listed', 'estimated'] as const) } }
      : {}),
    ...(random.next() < 0.6 ? { distributor: pick(DISTRIBUTORS) } : {}),
    ...(random.next() < 0.2 ? { regions: REGIONS.filter(() => random.next() < 0.5) } : {}),
    ...(random.next() < 0.2 ? { licenceStart: day() } : {}),
    ...(random.next() < 0.2 ? { licenceEnd: day() } : {}),
    isOriginal: random.next() < 0.1,
    isHidden: random.next() < 0.05,
  };
  const { licenceStart, licenceEnd } = fact;
  // No item table and no change of a title may say that a licence ends before it begins.
  if (licenceStart === undefined || licenceEnd === undefined || licenceStart < licenceEnd) return fact;
  return { ...fact, licenceStart: licenceEnd, licenceEnd: licenceStart + DAY_SECONDS };
}

type Kleene = boolean | undefined;

/** A filter as text, and an independent evaluation of it for an item. */
interface KnownFilter {
  readonly text: string;
  readonly says: (item: number, world: { dataset: Dataset; byItem: readonly ItemFact[] }) => Kleene;
}

const atom: fc.Arbitrary<KnownFilter> = fc.oneof(
  fc.integer({ min: 1955, max: 2025 }).map(
    (year): KnownFilter => ({
      text: `year >= ${year}`,
      says: (item, { dataset }) => {
        const known = dataset.items.years[item] ?? 0;
        return known === 0 ? undefined : known >= year;
      },
    }),
  ),
  fc.constantFrom('Action', 'Comedy', 'Drama', 'Horror', 'Romance', 'Sci-Fi').map(
    (genre): KnownFilter => ({
      text: `genre = "${genre.toLowerCase()}"`,
      says: (item, { dataset }) =>
        Array.from(dataset.items.genres[item] ?? [], (each) => dataset.items.genreNames[each]).includes(genre),
    }),
  ),
  fc.constantFrom(0, 7, 13, 17).map(
    (age): KnownFilter => ({
      text: `maturity <= ${age}`,
      says: (item, { byItem }) => {
        const known = byItem[item]?.maturity?.age;
        return known === undefined ? undefined : known <= age;
      },
    }),
  ),
  fc.subarray(DISTRIBUTORS, { minLength: 1 }).map(
    (names): KnownFilter => ({
      text: `distributor in (${names.map((name) => `"${name}"`).join(', ')})`,
      says: (item, { byItem }) => {
        const known = byItem[item]?.distributor;
        return known === undefined ? undefined : names.includes(known);
      },
    }),
  ),
  fc.constant<KnownFilter>({ text: 'original', says: (item, { byItem }) => byItem[item]?.isOriginal === true }),
  fc.constant<KnownFilter>({
    text: 'region is unknown',
    says: (item, { byItem }) => byItem[item]?.regions === undefined,
  }),
);

const { filter: anyFilter } = fc.letrec<{ filter: KnownFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    atom,
    tie('filter').map(
      ({ text, says }): KnownFilter => ({
        text: `not (${text})`,
        says: (item, world) => {
          const said = says(item, world);
          return said === undefined ? undefined : !said;
        },
      }),
    ),
    fc.tuple(tie('filter'), tie('filter')).map(
      ([a, b]): KnownFilter => ({
        text: `(${a.text}) and (${b.text})`,
        says: (item, world) => conjunction(a.says(item, world), b.says(item, world)),
      }),
    ),
    fc.tuple(tie('filter'), tie('filter')).map(
      ([a, b]): KnownFilter => ({
        text: `(${a.text}) or (${b.text})`,
        says: (item, world) => {
          const [left, right] = [a.says(item, world), b.says(item, world)];
          if (left === true || right === true) return true;
          return left === undefined || right === undefined ? undefined : false;
        },
      }),
    ),
  ),
}));

function conjunction(left: Kleene, right: Kleene): Kleene {
  if (left === false || right === false) return false;
  return left === undefined || right === undefined ? undefined : true;
}

const anyItem = fc.integer({ min: 0, max: ITEM_COUNT - 1 });
const anyItems = (maxLength: number) => fc.uniqueArray(anyItem, { maxLength });
const idsOf = (items: readonly number[]): string[] => items.map((item) => `m${item}`);

/** Null = no profile and no rules of one. */
const anyProfile: fc.Arbitrary<ProfileRules | null> = fc.option(
  fc.record({
    isKids: fc.boolean(),
    maturityCap: fc.option(fc.constantFrom(0, 7, 12, 16, 18)),
    allowList: fc.option(anyItems(60).map(idsOf), { freq: 3 }),
    hidden: anyItems(20).map(idsOf),
    region: fc.option(fc.constantFrom(...REGIONS)),
  }),
  { freq: 6 },
);

const ENDPOINTS = [
  'recommend',
  'many',
  'because',
  'cards',
  'home',
  'row',
  'similar',
  'onboarding',
  'search',
  'movie',
  'events',
  'history',
  'lab',
] as const;
type Endpoint = (typeof ENDPOINTS)[number];

/** What the operator says of a title before the request; it stays so for later cases. */
export interface TitleChange {
  readonly item: number;
  readonly to:
    | 'deleted'
    /** As it was before it was deleted. */
    | 'restored'
    /** Null takes the fact away. */
    | Readonly<{ hidden?: boolean | null; maturity?: number | null; regions?: readonly string[] | null }>;
}

export interface RuleCase {
  readonly endpoint: Endpoint;
  readonly changes: readonly TitleChange[];
  /** Swaps in another release before the request. */
  readonly swaps: boolean;
  /** The generation that is asked for, where the endpoint takes one. */
  readonly generation: 'v1' | 'v2' | null;
  readonly profile: ProfileRules | null;
  readonly hasPin: boolean;
  /** A user of the dataset, a new visitor, or nobody: then only rules of items and of the request apply. */
  readonly user: number | 'visitor' | 'nobody';
  readonly said: readonly { readonly type: 'like' | 'dislike' | 'watched' | 'skip' | 'click'; readonly item: number }[];
  /** Days before the request on which each of these items was on screen. */
  readonly shown: readonly { readonly item: number; readonly daysAgo: readonly number[] }[];
  readonly asOf: number;
  readonly exclude: readonly number[];
  readonly filter: KnownFilter | null;
  readonly boost: string | null;
  readonly region: string | null;
  readonly diversity: number | null;
  /** The item that a page is about. */
  readonly item: number;
  readonly limit: number;
  /** Whether the request names its user, and its title, by the ids of the operator's data. */
  readonly isById: boolean;
}

// Of the titles that were deleted, most come back in a later case, or few would be left after many.
const anyChange: fc.Arbitrary<TitleChange['to']> = fc.oneof(
  fc.constant('deleted' as const),
  { weight: 4, arbitrary: fc.constant('restored' as const) },
  fc.constant({ hidden: true }),
  { weight: 4, arbitrary: fc.constantFrom({ hidden: false }, { hidden: null }) },
  { weight: 4, arbitrary: fc.record({ maturity: fc.option(fc.constantFrom(0, 7, 13, 17, 18)) }) },
  fc.record({ regions: fc.option(fc.subarray([...REGIONS], { minLength: 1 }), { freq: 1 }) }),
);

export const anyRuleCase: fc.Arbitrary<RuleCase> = fc.record({
  endpoint: fc.constantFrom(...ENDPOINTS),
  // Items with low indices are popular.
  changes: fc.array(fc.record({ item: fc.oneof(anyItem, fc.integer({ min: 0, max: 60 })), to: anyChange }), {
    maxLength: 3,
  }),
  swaps: fc.nat(19).map((dice) => dice === 0),
  generation: fc.option(fc.constantFrom('v1', 'v2'), { freq: 2 }),
  profile: anyProfile,
  hasPin: fc.nat(9).map((dice) => dice === 0),
  user: fc.oneof(fc.integer({ min: 0, max: 89 }), fc.constantFrom('visitor', 'nobody')),
  said: fc.array(fc.record({ type: fc.constantFrom('like', 'dislike', 'watched', 'skip', 'click'), item: anyItem }), {
    maxLength: 8,
  }),
  // Items with low indices are popular: some of these would be in the answer if they had not been shown so often.
  shown: fc.array(
    fc.record({
      item: fc.integer({ min: 0, max: 60 }),
      daysAgo: fc.uniqueArray(fc.integer({ min: 0, max: 16 }), { minLength: 2, maxLength: 5 }),
    }),
    { maxLength: 20 },
  ),
  asOf: fc.integer({ min: -250, max: 250 }).map((days) => MID_SECONDS + days * DAY_SECONDS),
  exclude: anyItems(15),
  filter: fc.option(anyFilter, { freq: 2 }),
  boost: fc.option(
    fc.constantFrom('2 if genre = "Comedy"', '10 if year >= 1990; 0.1 if original', '0.5 if maturity > 13; 3'),
    { freq: 2 },
  ),
  region: fc.option(fc.constantFrom(...REGIONS, 'de')),
  diversity: fc.option(fc.constantFrom(0, 0.5, 1), { freq: 2 }),
  item: anyItem,
  limit: fc.integer({ min: 1, max: 50 }),
  isById: fc.boolean(),
});
