import { type Static, Type } from 'typebox';
import { Card } from './card.ts';
import { UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';

/** Query of `GET /api/v1/users/:userIdx/version`. */
export const UserVersionQuery = Type.Object({ region: RULE_PARAMETERS.region }, { additionalProperties: false });

/**
 * Response of `GET /api/v1/users/:userIdx/version`: two texts that change with what an open page of this user shows.
 * They are equal in all processes over the same stores, and say nothing else.
 */
export const UserVersionResponse = Type.Object(
  {
    /** Changes with the titles that the user may see. */
    titles: Type.String(),
    /** Changes with the user's feedback that stands. */
    feedback: Type.String(),
  },
  { $id: 'UserVersion' },
);
export type UserVersionResponse = Static<typeof UserVersionResponse>;

export const MAX_CARDS = 200;

/** Query of `GET /api/v1/cards`. */
export const CardsQuery = Type.Object(
  {
    userIdx: UserIdx,
    items: Type.String({
      pattern: `^\\d{1,10}(,\\d{1,10}){0,${MAX_CARDS - 1}}$`,
      description: `Indices of titles, separated by commas; at most ${MAX_CARDS}`,
    }),
    region: RULE_PARAMETERS.region,
  },
  { additionalProperties: false },
);
/** Response of `GET /api/v1/cards`: the named titles as they are to the user now, without those not to be seen. */
export const CardsResponse = Type.Object({ items: Type.Array(Card) }, { $id: 'Cards' });
export type CardsResponse = Static<typeof CardsResponse>;
