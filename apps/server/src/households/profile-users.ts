const PREFIX = 'profile-';

/** A profile that was not given a user of the data set has one of its own, who is no visitor for everybody to look at. */
export function profileUserId(id: string): string {
  return `${PREFIX}${id}`;
}

export function isProfileUserId(userId: string): boolean {
  return userId.startsWith(PREFIX);
}
