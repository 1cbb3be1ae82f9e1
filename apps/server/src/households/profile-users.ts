const PREFIX = 'profile-';

/** Returns the user id of a profile without a dataset user. Such users are not listed among the visitors. */
export function profileUserId(id: string): string {
  return `${PREFIX}${id}`;
}

export function isProfileUserId(userId: string): boolean {
  return userId.startsWith(PREFIX);
}
