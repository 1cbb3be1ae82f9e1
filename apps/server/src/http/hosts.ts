import { isIP } from 'node:net';
import { MatineeError } from '@matinee/numerics';
import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { type AllowedOrigins, isAllowedOrigin } from './cross-origin.ts';

/**
 * By which names a server may be addressed. A page of another site can make its own name point to this server, and its
 * scripts then read every answer; but their requests carry that name.
 */
export interface HostRule {
  /** Lower case, without ports. */
  readonly names: ReadonlySet<string>;
  /** Whether addresses such as `192.168.0.5` pass too: nobody can make an address point elsewhere. */
  readonly anyAddress: boolean;
  /** Whether every name passes. */
  readonly anyName: boolean;
}

/** Every name passes. Origins of writes are still checked. */
export const ANY_HOST: HostRule = { names: new Set(), anyAddress: true, anyName: true };

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** True for an address to listen on that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Returns the names by which a server that listens on `host` may be addressed: on a loopback address those of the
 * machine itself and `names`; elsewhere `names` and addresses, and without `names` everything.
 */
export function hostRuleOf(host: string, names: readonly string[]): HostRule {
  if (isLoopback(host)) {
    return { names: new Set([...LOOPBACK_NAMES, host, ...names]), anyAddress: false, anyName: false };
  }
  if (names.length === 0) return ANY_HOST;
  return { names: new Set([...LOOPBACK_NAMES, ...names]), anyAddress: true, anyName: false };
}

/** Methods that change nothing. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests under a foreign name with `UNKNOWN_HOST`, and writes that a page of another site sends with
 * `FOREIGN_ORIGIN`, before their body is read. Requests that no browser sends have no origin and pass.
 *
 * @param allowed Other origins whose pages may write, without cookies.
 */
export function addHostChecks(app: App, rule: HostRule, allowed: AllowedOrigins | undefined): void {
  app.addHook('onRequest', async (request) => {
    if (!isKnownHost(rule, request.headers.host ?? '') || !isKnownHost(rule, request.host)) throw unknownHost();
    if (!READS.has(request.method)) requireOwnOrigin(rule, request, allowed);
  });
}

function isKnownHost({ names, anyAddress, anyName }: HostRule, host: string): boolean {
  if (anyName) return true;
  const name = nameOf(host);
  return names.has(name) || (anyAddress && isIP(name.replaceAll(/^\[|\]$/g, '')) !== 0);
}

function requireOwnOrigin(
  { names }: HostRule,
  { headers, host: forwardedHost }: FastifyRequest,
  allowed: AllowedOrigins | undefined,
): void {
  const { origin, host = '' } = headers;
  // A browser that was told of no credentials sends no cookies, except with requests that need no permission.
  if (origin !== undefined && headers.cookie === undefined && isAllowedOrigin(allowed, origin)) return;
  if (headers['sec-fetch-site'] === 'cross-site') throw foreignOrigin();
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  // A proxy whose headers count may have passed on the name that the browser used.
  const own = [host, forwardedHost].map(asInOrigin);
  // Behind a proxy that changes the Host, the configured name is the one that the browser used. A name of this machine
  // is not enough: another program on another port has it too.
  const isConfigured = from !== undefined && names.has(from.hostname) && !LOOPBACK_NAMES.includes(from.hostname);
  if ((from === undefined || !own.includes(from.host)) && !isConfigured) throw foreignOrigin();
}

/** Browsers leave the port of the scheme out of the origin. */
function asInOrigin(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/:(80|443)$/, '');
}

/** `Movies.Example.:8003` → `movies.example`. */
function nameOf(host: string): string {
  const name = /^\s*(\[[0-9a-f:.]+\]|[^:]*?)\.?(:\d+)?\s*$/i.exec(host)?.[1];
  return (name ?? '').toLowerCase();
}

function unknownHost(): MatineeError {
  return new MatineeError(
    'UNKNOWN_HOST',
    'this server is not addressed by that name; start it with --hosts NAME if the name is its own',
  );
}

function foreignOrigin(): MatineeError {
  return new MatineeError(
    'FOREIGN_ORIGIN',
    'pages of another site may not change anything here; behind a proxy, start the server with --hosts and the name that ' +
      'browsers use; for a page of another origin, with --cors-origins and its origin',
  );
}
