const DAY = 86_400;
/** A visitor whose engagements are so many days apart, the first from the last, counts like a member. */
const TRUSTED_AFTER_DAYS = 30;

/** Share that young visitors together may have of what is counted, of all events and of those with one item. */
export const YOUNG_SHARE = 0.05;
/** Events of young visitors with one item that count in any case. */
export const YOUNG_EVENTS_OF_ITEM = 3;

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
