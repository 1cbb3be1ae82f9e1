import { type Static, Type } from 'typebox';
import { ItemIdx } from './identifiers.ts';

export const MAX_NEW_ITEMS = 1000;

const Text = Type.String({ minLength: 1, maxLength: 500 });
/** A date is the whole day; without an offset UTC. */
const Moment = Type.String({ maxLength: 40, description: 'ISO 8601' });

/** A title that comes to the catalogue while it is served. What is not known is left out. */
export const NewItem = Type.Object(
  {
    /** The id in the user's own catalogue. */
    itemId: Type.String({ minLength: 1, maxLength: 200 }),
    title: Type.Optional(Text),
    year: Type.Optional(Type.Integer({ minimum: 1800, maximum: 2200 })),
    genres: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { maxItems: 20 })),
    posterUrl: Type.Optional(Type.String({ maxLength: 2000, description: 'An https address' })),
    /** Kept as they are; `filter` and `boost` call them `item.NAME`, and `tags` tell a model what the title is like. */
    attributes: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 60 }), Type.Unknown())),
    /** What rules know of it, as in an item table: an age or a label such as PG-13. */
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

/** `POST /api/v1/items`, with the header `authorization: Bearer TOKEN`. */
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
        /** `known`: it was in the catalogue before, and nothing of it has changed. */
        status: Type.Union([Type.Literal('added'), Type.Literal('known')]),
      }),
    ),
  },
  { $id: 'ItemsResponse' },
);
export type ItemsResponse = Static<typeof ItemsResponse>;
