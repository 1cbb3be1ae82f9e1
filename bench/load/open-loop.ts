import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Measured {
  /** Milliseconds. */
  readonly latencies: number[];
  readonly failed: number;
}

/** Milliseconds of each response, by stage. */
export type StageTimes = Map<string, number[]>;

export type Answered = Measured & { readonly stages: StageTimes };

/**
 * Sends each request when it is due, however long responses take, and times it from that moment, so waiting counts.
 *
 * @param dueMs Ascending, from the start.
 */
export async function sendOnSchedule(
  base: string,
  paths: readonly string[],
  dueMs: readonly number[],
  headers: http.OutgoingHttpHeaders = {},
): Promise<Answered> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const latencies: number[] = [];
  const stages: StageTimes = new Map();
  let failed = 0;
  const startedAt = performance.now();
  const pending: Promise<void>[] = [];
  for (const [request, due] of dueMs.entries()) {
    const dueAt = startedAt + due;
    const early = dueAt - performance.now();
    if (early > 0) await sleep(early);
    // A timer may be half a millisecond early, which must not shorten the latency.
    const sentAt = Math.min(dueAt, performance.now());
    pending.push(
      get(`${base}${paths[request % paths.length]}`, { agent, headers }).then(({ status, timing }) => {
        latencies.push(performance.now() - sentAt);
        if (status !== 200) failed++;
        addStages(stages, timing);
      }),
    );
  }
  await Promise.all(pending);
  agent.destroy();
  return { latencies, failed, stages };
}

function get(url: string, options: http.RequestOptions): Promise<{ readonly status: number; readonly timing: string }> {
  return new Promise((resolve) => {
    const request = http.get(url, options, (response) => {
      response.resume();
      const timing = String(response.headers['server-timing'] ?? '');
      response.on('end', () => resolve({ status: response.statusCode ?? 0, timing }));
    });
    request.on('error', () => resolve({ status: 0, timing: '' }));
  });
}

/** `retrieve;dur=3.1, blend;dur=0.2` */
function addStages(stages: StageTimes, timing: string): void {
  for (const [, stage, ms] of timing.matchAll(/([\w-]+);dur=([\d.]+)/g)) {
    const times = stages.get(stage as string) ?? [];
    times.push(Number(ms));
    stages.set(stage as string, times);
  }
}
