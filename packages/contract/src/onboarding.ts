import { type Static, Type } from 'typebox';
import { Card } from './card.ts';
import { UserId, UserIdx } from './identifiers.ts';
import { RULE_PARAMETERS } from './rules.ts';

/** Query of `GET /api/v1/onboarding`. */
export const OnboardingQuery = Type.Object(
  {
    userIdx: Type.Optional(UserIdx),
    userId: Type.Optional(UserId),
    limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 }),
    ...RULE_PARAMETERS,
  },
  { additionalProperties: false },
);
export type OnboardingQuery = Static<typeof OnboardingQuery>;

export const OnboardingResponse = Type.Object(
  {
    items: Type.Array(Card),
    /** Parts that failed or missed the deadline, as on the home page; usually empty. */
    degraded: Type.Array(Type.String()),
  },
  { $id: 'OnboardingResponse' },
);
export type OnboardingResponse = Static<typeof OnboardingResponse>;
