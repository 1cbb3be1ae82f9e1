const PREFIX = 'profile-';

/** Returns the user id of a profile without a dataset user. Such users are not listed among the visitors. */
export function profileUserId(id: string): string {
  return `${PREFIX}${id}`;
}

/** The beginning of the ids of visitors. */
export const VISITOR_PREFIX = 'visitor-';

/** Whether an id looks like one that the server gives; nobody's own users have such ids. */
export function isReservedUserId(userId: string): boolean {
  return isProfileUserId(userId) || userId.startsWith(VISITOR_PREFIX);
}

export function isProfileUserId(userId: string): boolean {
  return userId.startsWith(PREFIX);
}
