import type { IncomingHttpHeaders } from 'node:http';
import { type RuleParameters, SESSION_HEADER } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import { type Engine, expressionSubjectOf, type RequestRules, readRequestRules } from '@matinee/recommender';

/** What a request says for the rules, in the contract's words, and on whose behalf. */
export interface RequestParameters extends RuleParameters {
  /** From the header `x-matinee-session`: what choosing a profile with its PIN gave. */
  readonly session?: string;
}

/** Exclude, filter and boost of one request, read. @throws {MatineeError} `BAD_EXPRESSION` */
export function compileRequestRules(engine: Engine, { exclude, filter, boost }: RequestParameters): RequestRules {
  return readRequestRules(expressionSubjectOf(engine), {
    // The contract lets digits and commas through, nothing else.
    ...(exclude === undefined ? {} : { exclude: exclude.split(',').map(Number) }),
    ...defined({ filter, boost }),
  });
}

interface Asking {
  readonly headers: IncomingHttpHeaders;
}

/** What a request says for the rules: its query, which the contract has checked, and the session in its header. */
export function readRequestParameters({
  query,
  headers,
}: Asking & { readonly query: RuleParameters }): RequestParameters {
  const { exclude, filter, boost, region } = query;
  return {
    ...defined({ exclude, filter, boost, region }),
    ...sessionOf({ headers }),
  };
}

/** The session alone, of a request that is about no list. */
export function sessionOf({ headers }: Asking): RequestParameters {
  const session = headers[SESSION_HEADER];
  return typeof session === 'string' ? { session } : {};
}
