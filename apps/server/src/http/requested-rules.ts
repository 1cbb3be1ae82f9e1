import type { IncomingHttpHeaders } from 'node:http';
import { type RuleParameters, SESSION_HEADER } from '@matinee/contract';
import { defined, type Pause } from '@matinee/numerics';
import {
  type Engine,
  expressionSubjectOf,
  type RequestRules,
  readRequestRules,
  tabulateFilter,
} from '@matinee/recommender';
import { LRUCache } from 'lru-cache';

/** The rule parameters of a request, as the contract defines them, and its session. */
export interface RequestParameters extends RuleParameters {
  /** The header `x-matinee-session`: the token received when a profile was chosen with its PIN. */
  readonly session?: string;
}

/** Compiles the exclude, filter and boost parameters of a request. @throws {MatineeError} `BAD_EXPRESSION` */
export type RequestRulesCompiler = (parameters: RequestParameters) => Promise<RequestRules>;

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
