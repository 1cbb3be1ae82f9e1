import { type Static, Type } from 'typebox';
import { ItemIdx } from './identifiers.ts';

export const MAX_NEW_ITEMS = 1000;

const Text = Type.String({ minLength: 1, maxLength: 500 });
/** A date means the whole day; a time without an offset is UTC. */
const Moment = Type.String({ maxLength: 40, description: 'ISO 8601' });

/** An item added to the catalogue while the server runs. Unknown fields are left out. */
export const NewItem = Type.Object(
  {
    /** The id in your own catalogue. */
    itemId: Type.String({ minLength: 1, maxLength: 200 }),
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
  },
  { additionalProperties: false },
);
export type NewItem = Static<typeof NewItem>;

/** Body of `POST /api/v1/items`, sent with the header `authorization: Bearer TOKEN`. */
export const ItemsBody = Type.Object(
  { items: Type.Array(NewItem, { minItems: 1, maxItems: MAX_NEW_ITEMS }) },
  { additionalProperties: false },
);
export type ItemsBody = Static<typeof ItemsBody>;

export const ItemsResponse = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        itemId: Type.String(),
        itemIdx: ItemIdx,
        /** `known`: it was already in the catalogue and stays unchanged. */
        status: Type.Union([Type.Literal('added'), Type.Literal('known')]),
      }),
    ),
  },
  { $id: 'ItemsResponse' },
);
export type ItemsResponse = Static<typeof ItemsResponse>;
