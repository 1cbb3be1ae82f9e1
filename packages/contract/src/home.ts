import { type Static, Type } from 'typebox';
import { Card } from './card.ts';
import { UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';
import { DiversityStrength, Move } from './slate.ts';

/** Which row of the page this is. A row that cannot be filled honestly is absent. */
export const RowKind = Type.Union([
  Type.Literal('popular_right_now'),
  Type.Literal('similar_to_your_taste'),
  Type.Literal('because_you_watched'),
  Type.Literal('from_your_recent_intent'),
  Type.Literal('mixed_discovery'),
]);
export type RowKind = Static<typeof RowKind>;

export const Row = Type.Object(
  {
    /** Stable within one page; rows of one kind are told apart by what follows a colon. */
    id: Type.String(),
    kind: RowKind,
    /** With `because_you_watched` the title it names; with `popular_right_now` the genre it keeps to, if it keeps to one. */
    params: Type.Object({
      itemIdx: Type.Optional(Type.Integer()),
      title: Type.Optional(Type.String()),
      genre: Type.Optional(Type.String()),
    }),
    items: Type.Array(Card),
    /** Pass to `GET /api/v1/rows/:rowId` for more; null at the end. */
    cursor: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'Row' },
);
export type Row = Static<typeof Row>;

/** `GET /api/v1/home` */
export const HomeQuery = Type.Object(
  {
    userIdx: UserIdx,
    /** The server's own, where absent. */
    diversity: Type.Optional(DiversityStrength),
    debug: Type.Boolean({ default: false }),
    ...RULE_PARAMETERS,
  },
  { additionalProperties: false },
);
export const HomeResponse = Type.Object(
  {
    requestId: Type.String(),
    /** The release that answered, and its generation. */
    version: Type.String(),
    generation: Type.String(),
    /** Top pick, also the first title of its row. */
    hero: Type.Union([Card, Type.Null()]),
    rows: Type.Array(Row),
    /** Sources that failed or were late: the page is without them. */
    degraded: Type.Array(Type.String()),
    stagesMs: Type.Record(Type.String(), Type.Number()),
    /** With `debug=true`. */
    debug: Type.Optional(Type.Object({ moves: Type.Array(Move) })),
  },
  { $id: 'HomeResponse' },
);
export type HomeResponse = Static<typeof HomeResponse>;

/** `GET /api/v1/rows/:rowId` — further titles of one row; with the rules and the diversity that the page was asked with. */
export const RowQuery = Type.Object(
  {
    userIdx: UserIdx,
    cursor: Type.Optional(Type.String({ maxLength: 256 })),
    diversity: Type.Optional(DiversityStrength),
    ...RULE_PARAMETERS,
  },
  { additionalProperties: false },
);
export const RowResponse = Type.Object(
  { items: Type.Array(Card), cursor: Type.Union([Type.String(), Type.Null()]) },
  { $id: 'RowResponse' },
);
export type RowResponse = Static<typeof RowResponse>;
