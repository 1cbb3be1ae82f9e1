import type { RuleParameters } from '@matinee/contract';
import { defined, type Pause } from '@matinee/numerics';
import {
  type Engine,
  expressionSubjectOf,
  type RequestRules,
  readRequestRules,
  tabulateFilter,
} from '@matinee/recommender';
import { LRUCache } from 'lru-cache';
import { type Credentials, credentialsOf, type WithCredentials } from '../identity/credentials.ts';

/** The rule parameters of a request, as the contract defines them, and what it brings to show what it may do. */
export interface RequestParameters extends RuleParameters {
  readonly credentials: Credentials;
}

/** Compiles the exclude, filter and boost parameters of a request. @throws {MatineeError} `BAD_EXPRESSION` */
export type RequestRulesCompiler = (parameters: RuleParameters) => Promise<RequestRules>;

/** Filters whose results are kept: a page, its rows and a search as it is typed send the same one again and again. */
const KEPT_FILTERS = 16;

/**
 * Returns a compiler for requests to this engine. Filters are applied to the whole catalogue once, and their results
 * kept.
 *
 * @param pause Called while a filter is applied, so that other requests are answered meanwhile.
 */
export function createRequestRulesCompiler(engine: Engine, pause: Pause): RequestRulesCompiler {
  const subject = expressionSubjectOf(engine);
  const filters = new LRUCache<string, NonNullable<RequestRules['filter']>>({ max: KEPT_FILTERS });
  return async ({ exclude, filter, boost }) => {
    const known = filter === undefined ? undefined : filters.get(filter);
    const rules = readRequestRules(subject, {
      // The contract allows digits and commas only.
      ...(exclude === undefined ? {} : { exclude: exclude.split(',').map(Number) }),
      ...defined({ filter: known === undefined ? filter : undefined, boost }),
    });
    if (known !== undefined) return { ...rules, filter: known };
    if (filter === undefined || rules.filter === undefined) return rules;
    const applied = await tabulateFilter(rules.filter, engine.itemCount, pause);
    filters.set(filter, applied);
    return { ...rules, filter: applied };
  };
}

/** Returns the rule parameters from the validated query and the credentials from the headers. */
export function readRequestParameters({
  query,
  headers,
  apiKey,
}: WithCredentials & { readonly query: RuleParameters }): RequestParameters {
  const { exclude, filter, boost, region } = query;
  return { ...defined({ exclude, filter, boost, region }), ...withoutRules({ headers, apiKey }) };
}

/** Returns the credentials only, for requests without rule parameters. */
export function withoutRules(request: WithCredentials): RequestParameters {
  return { credentials: credentialsOf(request) };
}
