import type { Catalogue, ItemIndex } from '@matinee/models/data';
import { type ItemFacts, maturitySourceOf } from './item-facts.ts';
import { MATURITY_SOURCES } from './maturity.ts';

/** The data that expressions read. */
export interface ExpressionSubject {
  readonly catalogue: Catalogue;
  readonly facts: ItemFacts;
  /** Number of interactions by item index. */
  readonly interactionCounts: Int32Array;
  /** Other columns of the operator's item table: `item.NAME` in expressions. */
  readonly attributeNames: ReadonlySet<string>;
}

/** Reads an attribute of an item; undefined where it is unknown. */
export type Attribute =
  | { readonly kind: 'number'; readonly read: (itemIndex: ItemIndex) => number | undefined }
  | {
      readonly kind: 'text';
      readonly read: (itemIndex: ItemIndex) => string | undefined;
      /** The same in lower case, where it is kept. */
      readonly readFolded?: (itemIndex: ItemIndex) => string | undefined;
      /** All possible values, if they are few; any other value in an expression is an error. */
      readonly values?: readonly string[];
    }
  | {
      readonly kind: 'set';
      readonly read: (itemIndex: ItemIndex) => readonly string[] | undefined;
      readonly values?: readonly string[];
      /** The same as positions in `values`, where there are such. */
      readonly positionsOf?: (itemIndex: ItemIndex) => Int32Array;
    }
  | { readonly kind: 'flag'; readonly read: (itemIndex: ItemIndex) => boolean }
  /** A column of the item table, with cells of any type. */
  | { readonly kind: 'any'; readonly read: (itemIndex: ItemIndex) => unknown };

type Attributes = Readonly<Record<string, (subject: ExpressionSubject) => Attribute>>;

const ATTRIBUTES: Attributes = {
  title: ({ catalogue: { titles } }) => {
    const folded = foldTitles(titles);
    return { kind: 'text', read: (item) => titles[item], readFolded: (item) => folded[item] };
  },
  year: ({ catalogue }) => ({ kind: 'number', read: (item) => catalogue.years[item] || undefined }),
  genre: ({ catalogue: { genres, genreNames } }) => ({
    kind: 'set',
    values: genreNames,
    positionsOf: (item) => genres[item]!,
    read: (item) => {
      const positions = genres[item]!;
      return positions.length === 0 ? undefined : Array.from(positions, (genre) => genreNames[genre]!);
    },
  }),
  interactions: ({ interactionCounts }) => ({ kind: 'number', read: (item) => interactionCounts[item]! }),
  maturity: ({ facts }) => ({
    kind: 'number',
    read: (item) => (facts.maturityAges[item]! < 0 ? undefined : facts.maturityAges[item]!),
  }),
  maturity_source: ({ facts }) => ({
    kind: 'text',
    values: MATURITY_SOURCES,
    read: (item) => maturitySourceOf(facts, item),
  }),
  distributor: ({ facts }) => ({ kind: 'text', read: (item) => facts.distributors[item] }),
  region: ({ facts }) => ({ kind: 'set', read: (item) => facts.regions[item] }),
  original: ({ facts }) => ({ kind: 'flag', read: (item) => facts.isOriginal[item] === 1 }),
};

type Titles = Catalogue['titles'];
const foldedTitles = new WeakMap<Titles, Titles>();

/** Returns the titles in lower case; makes them once per catalogue, because a filter may compare each a hundred times. */
function foldTitles(titles: Titles): Titles {
  const folded = foldedTitles.get(titles) ?? titles.map((title) => title?.toLowerCase());
  foldedTitles.set(titles, folded);
  return folded;
}

export const ATTRIBUTE_NAMES: readonly string[] = Object.keys(ATTRIBUTES);

const OWN_COLUMN = /^item\.(.+)$/;

/** Returns an attribute by name, if it exists. `item.NAME` is a column of the operator's item table. */
export function findAttribute(subject: ExpressionSubject, name: string): Attribute | undefined {
  const column = OWN_COLUMN.exec(name)?.[1];
  if (column !== undefined) {
    if (!subject.attributeNames.has(column)) return undefined;
    const { attributes } = subject.catalogue;
    return { kind: 'any', read: (item) => ownValue(attributes[item], column) };
  }
  return Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name]!(subject) : undefined;
}

function ownValue(columns: Readonly<Record<string, unknown>> | undefined, name: string): unknown {
  return columns !== undefined && Object.hasOwn(columns, name) ? columns[name] : undefined;
}

/**
 * Returns the columns of the item table in which at least one item has a value.
 *
 * @param earlier The names of the catalogue's first `earlier.itemCount` items, which are then not read again.
 */
export function attributeNamesOf(
  { attributes }: Catalogue,
  earlier: { readonly names: ReadonlySet<string>; readonly itemCount: number } = { names: new Set(), itemCount: 0 },
): ReadonlySet<string> {
  const names = new Set(earlier.names);
  for (const columns of attributes.slice(earlier.itemCount))
    if (columns !== undefined) for (const name of Object.keys(columns)) names.add(name);
  return names;
}
