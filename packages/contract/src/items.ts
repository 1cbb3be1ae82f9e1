import { type Static, type TSchema, Type } from 'typebox';
import { ItemId, ItemIdx } from './identifiers.ts';

export const MAX_NEW_ITEMS = 1000;

const Text = Type.String({ minLength: 1, maxLength: 500 });
/** A date means the whole day; a time without an offset is UTC. */
const Moment = Type.String({ maxLength: 40, description: 'ISO 8601' });

const FIELDS = {
  title: Type.Optional(Text),
  year: Type.Optional(Type.Integer({ minimum: 1800, maximum: 2200 })),
  genres: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { maxItems: 20 })),
  posterUrl: Type.Optional(Type.String({ maxLength: 2000, description: 'An https address' })),
  /** Stored as they are. `filter` and `boost` refer to them as `item.NAME`; models use `tags` as content features. */
  attributes: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 60 }), Type.Unknown())),
  /** Facts for the rules, as in an item table. `maturity` is an age or a label such as PG-13. */
  maturity: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
  distributor: Type.Optional(Text),
  regions: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 300, description: 'ISO 3166 alpha-2' })),
  licenceStart: Type.Optional(Moment),
  licenceEnd: Type.Optional(Moment),
  original: Type.Optional(Type.Boolean()),
  hidden: Type.Optional(Type.Boolean()),
};

/** An item added to the catalogue while the server runs. Absent fields are unknown. */
export const NewItem = Type.Object({ itemId: ItemId, ...FIELDS }, { additionalProperties: false });
export type NewItem = Static<typeof NewItem>;

/** Names of the fields that describe an item. */
export const ITEM_FIELDS = Object.keys(FIELDS) as readonly (keyof typeof FIELDS)[];

/** Path of `PUT`, `PATCH` and `DELETE /api/v1/items/:itemId`. */
export const ItemIdParams = Type.Object({ itemId: ItemId });

/** Body of `PUT /api/v1/items/:itemId`: all that is known of the item. */
export const ItemBody = Type.Object(FIELDS, { additionalProperties: false });
export type ItemBody = Static<typeof ItemBody>;

const orNull = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]));

/** Body of `PATCH /api/v1/items/:itemId`: absent fields stay as they are, null takes a field away. */
export const ItemPatch = Type.Object(
  {
    title: orNull(FIELDS.title),
    year: orNull(FIELDS.year),
    genres: orNull(FIELDS.genres),
    posterUrl: orNull(FIELDS.posterUrl),
    attributes: orNull(FIELDS.attributes),
    maturity: orNull(FIELDS.maturity),
    distributor: orNull(FIELDS.distributor),
    regions: orNull(FIELDS.regions),
    licenceStart: orNull(FIELDS.licenceStart),
    licenceEnd: orNull(FIELDS.licenceEnd),
    original: orNull(FIELDS.original),
    hidden: orNull(FIELDS.hidden),
  },
  { additionalProperties: false },
);
export type ItemPatch = Static<typeof ItemPatch>;

/** Body of `POST /api/v1/items`, sent with the header `authorization: Bearer TOKEN`. */
export const ItemsBody = Type.Object(
  { items: Type.Array(NewItem, { minItems: 1, maxItems: MAX_NEW_ITEMS }) },
  { additionalProperties: false },
);
export type ItemsBody = Static<typeof ItemsBody>;

/** What became of an item. */
export const StoredItem = Type.Object(
  {
    itemId: Type.String(),
    itemIdx: ItemIdx,
    /** `known`: the catalogue says all of this already. `deleted`: nobody sees it any more. */
    status: Type.Union([
      Type.Literal('added'),
      Type.Literal('updated'),
      Type.Literal('known'),
      Type.Literal('deleted'),
    ]),
  },
  { $id: 'StoredItem' },
);
export type StoredItem = Static<typeof StoredItem>;

export const ItemsResponse = Type.Object({ items: Type.Array(StoredItem) }, { $id: 'ItemsResponse' });
export type ItemsResponse = Static<typeof ItemsResponse>;
