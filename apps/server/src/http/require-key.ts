import { MatineeError } from '@matinee/numerics';
import type { FastifyRequest } from 'fastify';
import type { ApiKey } from '../identity/api-key.ts';
import { credentialsOf } from '../identity/credentials.ts';
import type { KeyRing } from '../identity/key-ring.ts';
import { isSameSecret } from '../identity/secrets.ts';
import type { App } from './app.ts';
import { accessOf, type OperationAccess, operationIdOf } from './operation-access.ts';

export interface KeyRules {
  /** Absent = no key is known. */
  readonly keys?: KeyRing;
  /** Whether an operation needs a key; a key that is sent is checked in any case. */
  readonly areRequired: boolean;
  /** Whether visitors of the page need none for what the page does. */
  readonly servesPage: boolean;
  /** Whether everybody may act as any user of the data set: then a visitor's secret is not needed either. */
  readonly demo: boolean;
  readonly operatorToken?: string;
  readonly catalogueToken?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The valid key that the request brings; its scope is that of the operation. */
    apiKey: ApiKey | undefined;
  }
}

/**
 * Refuses a request before its body is read: with `KEY_UNKNOWN` where its API key opens nothing, with `SCOPE_MISSING`
 * where the key may not do this, and with `KEY_REQUIRED` where it needs one and brings none.
 */
export function addKeyChecks(app: App, rules: KeyRules): void {
  app.decorateRequest('apiKey', undefined);
  app.addHook('onRequest', (request, _reply, next) => {
    const access = accessOf(operationIdOf(request));
    if (access === undefined) return next();
    const text = keyTextOf(request);
    if (text !== undefined) {
      checkKey(rules, access, text).then((key) => {
        request.apiKey = key;
        next();
      }, next);
      return;
    }
    next(rules.areRequired && !isOpenWithoutKey(rules, access, request) ? keyRequired(access) : undefined);
  });
}

/** Returns the text of a key; undefined where the request brings none. A bearer without `mk_` is another token. */
function keyTextOf({ headers }: FastifyRequest): string | undefined {
  const own = headers['x-api-key'];
  if (own !== undefined) return String(own);
  return /^Bearer (mk_.*)$/i.exec(headers.authorization ?? '')?.[1];
}

async function checkKey({ keys }: KeyRules, { scope }: OperationAccess, text: string): Promise<ApiKey> {
  const key = await keys?.find(text);
  if (key === undefined) {
    throw new MatineeError(
      'KEY_UNKNOWN',
      'this API key opens nothing: it was revoked, or it is not one of this server',
    );
  }
  if (scope !== undefined && !key.scopes.has(scope) && !key.scopes.has('admin')) {
    throw new MatineeError('SCOPE_MISSING', `the API key "${key.name}" does not have the scope ${scope}`);
  }
  return key;
}

function isOpenWithoutKey(rules: KeyRules, { scope, visitors }: OperationAccess, request: FastifyRequest): boolean {
  if (scope === undefined) return true;
  const { bearer, visitorSecret, session } = credentialsOf(request);
  if (bearer !== undefined && rules.operatorToken !== undefined && isSameSecret(bearer, rules.operatorToken))
    return true;
  if (scope === 'catalogue' && bearer !== undefined && rules.catalogueToken !== undefined) {
    if (isSameSecret(bearer, rules.catalogueToken)) return true;
  }
  if (!rules.servesPage || visitors === 'none') return false;
  return visitors === 'all' || rules.demo || visitorSecret !== undefined || session !== undefined;
}

function keyRequired({ scope }: OperationAccess): MatineeError {
  return new MatineeError(
    'KEY_REQUIRED',
    `this needs an API key with the scope ${scope}: send it as the header "authorization: Bearer mk_…" or as x-api-key; ` +
      `matinee keys create --scope ${scope} --name NAME makes one`,
  );
}
