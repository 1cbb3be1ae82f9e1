import type { IncomingHttpHeaders } from 'node:http';
import { type RuleParameters, SESSION_HEADER } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import { type Engine, expressionSubjectOf, type RequestRules, readRequestRules } from '@matinee/recommender';

/** The rule parameters of a request, as the contract defines them, and its session. */
export interface RequestParameters extends RuleParameters {
  /** The header `x-matinee-session`: the token received when a profile was chosen with its PIN. */
  readonly session?: string;
}

/** Compiles the exclude, filter and boost parameters of a request. @throws {MatineeError} `BAD_EXPRESSION` */
export function compileRequestRules(engine: Engine, { exclude, filter, boost }: RequestParameters): RequestRules {
  return readRequestRules(expressionSubjectOf(engine), {
    // The contract allows digits and commas only.
    ...(exclude === undefined ? {} : { exclude: exclude.split(',').map(Number) }),
    ...defined({ filter, boost }),
  });
}

interface WithHeaders {
  readonly headers: IncomingHttpHeaders;
}

/** Returns the rule parameters from the validated query and the session from the header. */
export function readRequestParameters({
  query,
  headers,
}: WithHeaders & { readonly query: RuleParameters }): RequestParameters {
  const { exclude, filter, boost, region } = query;
  return {
    ...defined({ exclude, filter, boost, region }),
    ...sessionOf({ headers }),
  };
}

/** Returns the session only, for requests without rule parameters. */
export function sessionOf({ headers }: WithHeaders): RequestParameters {
  const session = headers[SESSION_HEADER];
  return typeof session === 'string' ? { session } : {};
}
