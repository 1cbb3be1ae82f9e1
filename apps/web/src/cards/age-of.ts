import type { Card } from '@matinee/contract';
import { messages } from '../messages/current.ts';

/** A title of an answer; one that the page has stored before there were ages has none. */
type RatedTitle = Partial<Pick<Card, 'maturity'>>;

/** The age rating of a title in words; undefined where the answer carries none. */
export const ageOf = ({ maturity }: RatedTitle): string | undefined => (maturity ? messages.age(maturity) : undefined);

/** The same as short as a card needs it. */
export const shortAgeOf = ({ maturity }: RatedTitle): string | undefined =>
  maturity ? messages.shortAge(maturity) : undefined;
