import type { IncomingHttpHeaders } from 'node:http';
import { SESSION_COOKIE, SESSION_HEADER, VISITOR_COOKIE, VISITOR_HEADER } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import type { ApiKey } from './api-key.ts';
import { isSecret } from './secrets.ts';

/** What a request brings to show what it may do. Nothing but the API key has been checked. */
export interface Credentials {
  /** The token of `authorization: Bearer TOKEN`. */
  readonly bearer?: string;
  /** The visitor's secret, from the header `x-matinee-visitor`, else the cookie. */
  readonly visitorSecret?: string;
  /** The session of a profile, from the header `x-matinee-session`, else the cookie. */
  readonly session?: string;
  /** The API key of the request, which has been checked: it is valid, and has the scope that the route needs. */
  readonly apiKey?: ApiKey;
  /** Further sessions that the request brings, from the cookie beside the header or from cookies of one name. */
  readonly otherSessions?: readonly string[];
}

export const NO_CREDENTIALS: Credentials = {};

/** Longer text is no session. */
const MAX_SESSION_LENGTH = 128;
/** More sessions in one request are not looked at. */
const MAX_SESSIONS = 4;
/** What browsers accept as the longest life of a cookie. */
const COOKIE_SECONDS = 400 * 86_400;

/** The parts of a request that say who sends it. */
export interface WithCredentials {
  readonly headers: IncomingHttpHeaders;
  readonly apiKey?: ApiKey | undefined;
}

/** Reads the credentials of a request. A header takes precedence over its cookie. */
export function credentialsOf({ headers, apiKey }: WithCredentials): Credentials {
  const secret = textOf(headers[VISITOR_HEADER]) ?? cookiesOf(headers.cookie, VISITOR_COOKIE)[0];
  const [session, ...others] = [textOf(headers[SESSION_HEADER]), ...cookiesOf(headers.cookie, SESSION_COOKIE)].filter(
    (each): each is string => each !== undefined && each !== '' && each.length <= MAX_SESSION_LENGTH,
  );
  return defined({
    apiKey,
    bearer: /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1],
    visitorSecret: secret !== undefined && isSecret(secret) ? secret : undefined,
    session,
    otherSessions: others.length > 0 ? others.slice(0, MAX_SESSIONS) : undefined,
  });
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** Our cookies hold letters, digits, `_` and `-`, so nothing is decoded. */
function cookiesOf(cookies: string | undefined, name: string): string[] {
  return (cookies?.split(';') ?? []).flatMap((cookie) => {
    const [key, value] = cookie.split('=', 2);
    return key?.trim() === name && value !== undefined ? [value.trim()] : [];
  });
}

/**
 * Returns a `set-cookie` header that scripts cannot read, that no other site's request carries, and that lasts for
 * about a year.
 *
 * @param value Null removes the cookie.
 * @param isSecure Whether the browser came over TLS: it then sends the cookie over TLS only.
 * @param basePath The path below which the browser sends it; empty for everywhere.
 */
export function writeCookie(name: string, value: string | null, isSecure: boolean, basePath: string): string {
  const life = value === null ? 0 : COOKIE_SECONDS;
  const parts = [
    `${name}=${value ?? ''}`,
    `Path=${basePath === '' ? '/' : basePath}`,
    `Max-Age=${life}`,
    'HttpOnly',
    'SameSite=Strict',
  ];
  return [...parts, ...(isSecure ? ['Secure'] : [])].join('; ');
}
