import type { IncomingHttpHeaders } from 'node:http';
import type { RuleParameters } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import { type Engine, expressionSubjectOf, type RequestRules, readRequestRules } from '@matinee/recommender';
import { type Credentials, credentialsOf } from '../identity/credentials.ts';

/** The rule parameters of a request, as the contract defines them, and what it brings to show what it may do. */
export interface RequestParameters extends RuleParameters {
  readonly credentials: Credentials;
}

/** Compiles the exclude, filter and boost parameters of a request. @throws {MatineeError} `BAD_EXPRESSION` */
export function compileRequestRules(engine: Engine, { exclude, filter, boost }: RuleParameters): RequestRules {
  return readRequestRules(expressionSubjectOf(engine), {
    // The contract allows digits and commas only.
    ...(exclude === undefined ? {} : { exclude: exclude.split(',').map(Number) }),
    ...defined({ filter, boost }),
  });
}

interface WithHeaders {
  readonly headers: IncomingHttpHeaders;
}

/** Returns the rule parameters from the validated query and the credentials from the headers. */
export function readRequestParameters({
  query,
  headers,
}: WithHeaders & { readonly query: RuleParameters }): RequestParameters {
  const { exclude, filter, boost, region } = query;
  return { ...defined({ exclude, filter, boost, region }), ...withoutRules({ headers }) };
}

/** Returns the credentials only, for requests without rule parameters. */
export function withoutRules(request: WithHeaders): RequestParameters {
  return { credentials: credentialsOf(request) };
}
