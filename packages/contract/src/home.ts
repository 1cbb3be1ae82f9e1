import { type Static, Type } from 'typebox';
import { Card } from './card.ts';
import { GENERATION_PARAMETER } from './generation.ts';
import { UserId, UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';
import { DiversityStrength, Move } from './slate.ts';

/** Kind of a row of the page. A row without enough fitting titles is absent. */
export const RowKind = Type.Union([
  Type.Literal('popular_right_now'),
  Type.Literal('similar_to_your_taste'),
  Type.Literal('because_you_watched'),
  Type.Literal('from_your_recent_intent'),
  Type.Literal('mixed_discovery'),
  Type.Literal('from_the_catalogue'),
]);
export type RowKind = Static<typeof RowKind>;

export const Row = Type.Object(
  {
    /** Stable within one page. Rows of the same kind differ in the part after the colon. */
    id: Type.String(),
    kind: RowKind,
    /**
     * `because_you_watched`: the title it refers to. `popular_right_now`, `from_the_catalogue`: its genre, if it is
     * limited to one.
     */
    params: Type.Object({
      itemIdx: Type.Optional(Type.Integer()),
      itemId: Type.Optional(Type.String()),
      title: Type.Optional(Type.String()),
      genre: Type.Optional(Type.String()),
    }),
    items: Type.Array(Card),
    /** Pass it to `GET /api/v1/rows/:rowId` for more titles; null at the end. */
    cursor: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'Row' },
);
export type Row = Static<typeof Row>;

/** Query of `GET /api/v1/home`. */
export const HomeQuery = Type.Object(
  {
    /** One of the two. */
    userIdx: Type.Optional(UserIdx),
    userId: Type.Optional(UserId),
    /** The server’s default if absent. */
    diversity: Type.Optional(DiversityStrength),
    debug: Type.Boolean({ default: false }),
    ...RULE_PARAMETERS,
    ...GENERATION_PARAMETER,
  },
  { additionalProperties: false },
);
export const HomeResponse = Type.Object(
  {
    requestId: Type.String(),
    /** The release that produced the page, and its generation. */
    version: Type.String(),
    generation: Type.String(),
    /** Top pick; also the first title of its row. */
    hero: Type.Union([Card, Type.Null()]),
    rows: Type.Array(Row),
    /** Sources that failed or missed the deadline; the page is built without them. */
    degraded: Type.Array(Type.String()),
    stagesMs: Type.Record(Type.String(), Type.Number()),
    /** With `debug=true`. */
    debug: Type.Optional(Type.Object({ moves: Type.Array(Move) })),
  },
  { $id: 'HomeResponse' },
);
export type HomeResponse = Static<typeof HomeResponse>;

/** Query of `GET /api/v1/rows/:rowId`, further titles of one row. Send the rules and diversity of the page request. */
export const RowQuery = Type.Object(
  {
    /** One of the two. */
    userIdx: Type.Optional(UserIdx),
    userId: Type.Optional(UserId),
    cursor: Type.Optional(Type.String({ maxLength: 256 })),
    diversity: Type.Optional(DiversityStrength),
    ...RULE_PARAMETERS,
    ...GENERATION_PARAMETER,
  },
  { additionalProperties: false },
);
export const RowResponse = Type.Object(
  { items: Type.Array(Card), cursor: Type.Union([Type.String(), Type.Null()]) },
  { $id: 'RowResponse' },
);
export type RowResponse = Static<typeof RowResponse>;
