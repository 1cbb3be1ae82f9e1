import { MatineeError } from '@matinee/numerics';
import type { App } from './app.ts';

/**
 * Refuses a method that an address of the API does not take with `METHOD_NOT_ALLOWED`, before anything of the request
 * is read. The router finds an address by its method, so to it this is an unknown address.
 */
export function addMethodChecks(app: App): void {
  const addresses = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ schema, url, method }) => {
    if (schema?.operationId === undefined) return;
    const address = addresses.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    addresses.set(url, address);
    for (const each of [method].flat()) address.methods.add(each);
  });
  app.addHook('onRequest', ({ is404, url, method }, reply, next) => {
    if (!is404) return next();
    const path = url.split('?')[0] ?? '';
    const found = [...addresses.values()].filter(({ pattern }) => pattern.test(path));
    if (found.length === 0) return next();
    const allowed = [...new Set(found.flatMap(({ methods }) => [...methods]))].sort().join(', ');
    reply.header('allow', allowed);
    next(new MatineeError('METHOD_NOT_ALLOWED', `this address does not take ${method}; it takes ${allowed}`));
  });
}

/** `/api/v1/items/:itemIdx` → an expression for its addresses. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')));
  return new RegExp(`^${parts.join('/')}$`);
}
