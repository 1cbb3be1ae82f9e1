import { type Static, Type } from 'typebox';
import { Card } from './card.ts';
import { UserId, UserIdx } from './identifiers.ts';
import { LOOK_UP_PARAMETERS } from './rules.ts';

/** Query of `GET /api/v1/search`: a small limit suits typeahead, a larger one result pages. */
export const SearchQuery = Type.Object(
  {
    q: Type.String({ minLength: 1, maxLength: 100 }),
    limit: Type.Integer({ minimum: 1, maximum: 50, default: 8 }),
    userIdx: Type.Optional(UserIdx),
    userId: Type.Optional(UserId),
    ...LOOK_UP_PARAMETERS,
  },
  { additionalProperties: false },
);
export const SearchResponse = Type.Object(
  {
    query: Type.String(),
    items: Type.Array(Card),
    /** Number of matching titles, including those beyond the limit. */
    total: Type.Integer(),
    /** True if nothing matched as typed and `items` are the nearest spellings. */
    corrected: Type.Boolean(),
    /** Parts that failed or missed the deadline, as on the home page; usually empty. */
    degraded: Type.Array(Type.String()),
  },
  { $id: 'SearchResponse' },
);
export type SearchResponse = Static<typeof SearchResponse>;
