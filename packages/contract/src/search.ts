import { type Static, Type } from 'typebox';
import { Card } from './card.ts';
import { UserIdx } from './identifiers.ts';
import { LOOK_UP_PARAMETERS } from './rules.ts';

/** `GET /api/v1/search` — typeahead with a small limit, result pages with a larger one. */
export const SearchQuery = Type.Object(
  {
    q: Type.String({ minLength: 1, maxLength: 100 }),
    limit: Type.Integer({ minimum: 1, maximum: 50, default: 8 }),
    userIdx: Type.Optional(UserIdx),
    ...LOOK_UP_PARAMETERS,
  },
  { additionalProperties: false },
);
export const SearchResponse = Type.Object(
  {
    query: Type.String(),
    items: Type.Array(Card),
    /** The titles that match, also those beyond the limit. */
    total: Type.Integer(),
    /** True when nothing matched as typed and `items` are the nearest spellings. */
    corrected: Type.Boolean(),
    /** What failed or was too late, as on the home page; usually empty. */
    degraded: Type.Array(Type.String()),
  },
  { $id: 'SearchResponse' },
);
export type SearchResponse = Static<typeof SearchResponse>;
