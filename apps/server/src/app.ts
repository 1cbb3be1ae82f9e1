import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Engine, EventLog, VisitorStore } from '@matinee/recommender';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Metrics } from './metrics.ts';
import type { People } from './people.ts';
import type { SearchIndex } from './search/search-index.ts';

/** Fastify with the types of requests and answers taken from the contract's schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What routes are answered from. */
export interface Services {
  readonly engine: Engine;
  readonly datasetName: string;
  readonly userIds: readonly string[];
  readonly eventCount: number;
  readonly eventLog: EventLog;
  readonly visitors: VisitorStore;
  readonly people: People;
  readonly searchIndex: SearchIndex;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly createId: () => string;
}
