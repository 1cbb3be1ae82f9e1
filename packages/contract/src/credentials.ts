/** Header that carries the secret of a visitor, as `POST /api/v1/users` returned it. */
export const VISITOR_HEADER = 'x-matinee-visitor';
/** Cookie that carries the secret of a browser's visitors. */
export const VISITOR_COOKIE = 'matinee-visitor';

/** Header that carries the session of a profile. */
export const SESSION_HEADER = 'x-matinee-session';
/** Cookie that carries the session of the profile that was chosen last in a browser. */
export const SESSION_COOKIE = 'matinee-session';
