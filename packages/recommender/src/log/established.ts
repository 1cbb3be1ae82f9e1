const DAY = 86_400;
/** A visitor whose engagements are so many days apart, the first from the last, counts like a member. */
const TRUSTED_AFTER_DAYS = 30;

/** Share that young visitors together may have of what is counted, of all events and of those with one item. */
export const YOUNG_SHARE = 0.05;
/** Events of young visitors with one item that count in any case. */
export const YOUNG_EVENTS_OF_ITEM = 3;

/** Events below which there is hardly anybody but young visitors to learn from, as in the first weeks of a service. */
const FEW_EVENTS = 1000;

/**
 * Returns how many events of young visitors count beside so many of others: {@link YOUNG_SHARE} of these, or as many as
 * make {@link FEW_EVENTS} in all.
 */
export function youngEventsBeside(others: number): number {
  return Math.max(YOUNG_SHARE * others, FEW_EVENTS - others);
}

/**
 * Returns how many events of young visitors with one item count.
 *
 * @param others All events of others.
 * @param othersOfItem Those with the item.
 */
export function youngEventsOfItem(others: number, othersOfItem: number): number {
  return Math.max(YOUNG_EVENTS_OF_ITEM, YOUNG_SHARE * othersOfItem, YOUNG_SHARE * (FEW_EVENTS - others));
}

/**
 * Whether releases are trained and compared on what a person does: a member of the dataset, or a visitor whose
 * engagements are at least a day apart, the first from the last. Accounts are made in seconds, and this is what a burst
 * of them does not have.
 *
 * @param firstTime Seconds, like `lastTime`: of the person's first and last engagement.
 */
export function isEstablished(isMember: boolean, firstTime: number, lastTime: number): boolean {
  return isMember || lastTime - firstTime >= DAY;
}

/**
 * Whether a person counts in full: a member of the dataset, or a visitor who has come for a month. All others are
 * *young*, and together they count for {@link YOUNG_SHARE} at most: patience is what many accounts cost.
 *
 * @param firstTime Like those of {@link isEstablished}.
 */
export function isTrusted(isMember: boolean, firstTime: number, lastTime: number): boolean {
  return isMember || lastTime - firstTime >= TRUSTED_AFTER_DAYS * DAY;
}
