import type { FeedbackType, Trace } from '@matinee/recommender';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, Summary } from 'prom-client';
import type { LoadGate } from './load-gate.ts';

/** The server's metrics. Labels have few values each: routes are named by pattern, not by address. */
export interface Metrics {
  readonly registry: Registry;
  observeRequest(method: string, route: string, statusCode: number, seconds: number): void;
  observeTrace(trace: Trace): void;
  countEvent(type: FeedbackType): void;
  /** @param during Route or job; see `serving/event-loop-delay.ts`. */
  observeDelay(this: void, during: string, ms: number): void;
  /** Counts one look-up in the response cache. */
  countLookUp(this: void, result: string): void;
}

interface MetricsOptions {
  readonly processMetrics: boolean;
  readonly gate: LoadGate;
  /** Returns the number of clients of the stream. */
  readonly streamClients: () => number;
}

export function createMetrics({ processMetrics, gate, streamClients }: MetricsOptions): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'matinee_http_request_duration_seconds',
    help: 'Time from a request to its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers: [registry],
  });
  const stages = new Histogram({
    name: 'matinee_stage_duration_seconds',
    help: 'Time of one stage of recommending',
    labelNames: ['stage'],
    buckets: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1],
    registers: [registry],
  });
  const events = new Counter({
    name: 'matinee_feedback_events_total',
    help: 'Events stored, without duplicates',
    labelNames: ['type'],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'matinee_source_failures_total',
    help: 'Candidate sources that failed or were too late',
    labelNames: ['source'],
    registers: [registry],
  });
  const lookUps = new Counter({
    name: 'matinee_answer_cache_total',
    help: 'Look-ups in the response cache: hit, miss, or changed (cached for another state)',
    labelNames: ['result'],
    registers: [registry],
  });
  const candidates = new Counter({
    name: 'matinee_candidates_total',
    help: 'Lists and pages by their candidates: found anew, or kept from a moment ago',
    labelNames: ['result'],
    registers: [registry],
  });
  const delays = new Summary({
    name: 'matinee_event_loop_delay_seconds',
    help: 'For how long the thread was held while a route or job was under way, in the last ten minutes; quantile 1 is the maximum',
    labelNames: ['during'],
    percentiles: [0.99, 1],
    maxAgeSeconds: 600,
    ageBuckets: 5,
    pruneAgedBuckets: true,
    registers: [registry],
  });
  const measure = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  measure('matinee_stream_clients', 'Connections that listen to /api/v1/stream', streamClients);
  measure('matinee_requests_running', 'Pages and lists in progress', gate.runningCount);
  measure('matinee_requests_waiting', 'Pages and lists that wait to be admitted', gate.waitingCount);
  return {
    registry,
    observeRequest: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    observeTrace({ stagesMs, degraded }) {
      candidates.inc({ result: 'retrieve' in stagesMs ? 'found' : 'kept' });
      for (const [stage, ms] of Object.entries(stagesMs)) stages.observe({ stage }, ms / 1000);
      for (const source of degraded?.missing ?? []) failures.inc({ source });
    },
    countEvent: (type) => events.inc({ type }),
    observeDelay: (during, ms) => delays.observe({ during }, ms / 1000),
    countLookUp: (result) => lookUps.inc({ result }),
  };
}
