import { MatineeError } from '@matinee/numerics';

/**
 * First parts of addresses that the server has itself: a base path that begins with one could not be told from them.
 */
const TAKEN: ReadonlySet<string> = new Set([
  ...['api', 'assets', 'recommend', 'feedback', 'healthz', 'readyz', 'metrics', 'openapi.json'],
  ...['title', 'search', 'profiles', 'me'],
]);

const PARTS = /^(\/[A-Za-z0-9._~-]+)*$/;

/**
 * Returns a base path as the server uses it: with a slash before each part and none at the end, such as `/matinee`, and
 * empty for the root.
 *
 * @param text `matinee`, `/matinee/`, `/apps/matinee` or `/`.
 * @throws {MatineeError} `BAD_ARGUMENT` where it is no path, or begins like an address of the server.
 */
export function readBasePath(text: string): string {
  const path = `/${text.trim().replaceAll(/^\/+|\/+$/g, '')}`;
  const parts = path.split('/').slice(1);
  if (path === '/') return '';
  if (!PARTS.test(path) || parts.some((part) => part === '.' || part === '..')) {
    throw new MatineeError(
      'BAD_ARGUMENT',
      `a base path looks like /matinee, of letters, digits and . _ ~ -; got "${text}"`,
    );
  }
  if (TAKEN.has(parts[0] ?? '')) {
    throw new MatineeError('BAD_ARGUMENT', `a base path cannot begin with /${parts[0]}, which the server has itself`);
  }
  return path;
}

/**
 * Returns a function that takes the base path off an address. An address without it stays: proxies may take the path
 * off themselves, and probes come without a proxy.
 */
export function createUrlRewriter(basePath: string): (request: { readonly url?: string | undefined }) => string {
  return ({ url = '/' }) => {
    if (!url.startsWith(basePath)) return url;
    const rest = url.slice(basePath.length);
    if (rest.startsWith('/')) return rest;
    return rest === '' || rest.startsWith('?') ? `/${rest}` : url;
  };
}
