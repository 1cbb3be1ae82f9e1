import type { Card } from '@matinee/contract';
import { request } from './request.ts';

/** What one answer of the server says about titles. */
export interface CardsAnswer {
  readonly userIdx: number;
  readonly cards: readonly Pick<Card, 'itemIdx' | 'feedback'>[];
  /** The moment of the request: the answer includes all that the server had stored before it. */
  readonly asOf: number;
}

let moment = 0;
/** Returns the next moment of this tab. Moments order what the page does and what the server answers. */
export const nextMoment = (): number => ++moment;

const listeners = new Set<(answer: CardsAnswer) => void>();
/** Calls the listener with every answer that holds cards, before it is shown. */
export function onCards(listener: (answer: CardsAnswer) => void): void {
  listeners.add(listener);
}

/** Like {@link request}, for an answer with cards of a user. */
export async function requestCards<T>(
  userIdx: number,
  path: string,
  cardsOf: (answer: T) => CardsAnswer['cards'],
  options: Parameters<typeof request>[1] = {},
): Promise<T> {
  const asOf = nextMoment();
  const answer = await request<T>(path, options);
  const cards = cardsOf(answer);
  for (const listener of listeners) listener({ userIdx, cards, asOf });
  return answer;
}
