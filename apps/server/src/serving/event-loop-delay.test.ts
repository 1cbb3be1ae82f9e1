import { describe, expect, it } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';
import { createEventLoopDelay, MEASURE_EVERY_MS } from './event-loop-delay.ts';

function start() {
  const state = { nowMs: 0 };
  const observed: [string, number][] = [];
  const delay = createEventLoopDelay(
    () => state.nowMs,
    (name, ms) => observed.push([name, ms]),
  );
  const measureAfter = (ms: number) => {
    state.nowMs += ms;
    delay.measure();
    return observed.splice(0);
  };
  return { delay, measureAfter };
}

describe('the event-loop delay', () => {
  it('counts for what ran since the measurement before, also if it has ended, and for nothing later', () => {
    const { delay, measureAfter } = start();
    const end = delay.begin('GET /recommend');
    end();
    expect(measureAfter(MEASURE_EVERY_MS + 60)).toEqual([['GET /recommend', 60]]);
    expect(measureAfter(MEASURE_EVERY_MS + 5)).toEqual([['nothing', 5]]);
  });

  it('counts for a job until it ends, whether it succeeds or fails, and once for many of one name', async () => {
    const { delay, measureAfter } = start();
    let fail = (_error: Error): void => undefined;
    const job = delay.runJob('add items', () => new Promise<never>((_, reject) => (fail = reject)));
    const ends = [delay.begin('GET /healthz'), delay.begin('GET /healthz')];
    expect(measureAfter(MEASURE_EVERY_MS)).toEqual([
      ['add items', 0],
      ['GET /healthz', 0],
    ]);
    for (const end of ends) end();
    fail(new Error('disk full'));
    await expect(job).rejects.toThrow('disk full');
    expect(measureAfter(MEASURE_EVERY_MS + 1).length).toBe(2);
    expect(measureAfter(MEASURE_EVERY_MS + 1)).toEqual([['nothing', 1]]);
  });

  it('is in the metrics by route and job, with its 99th percentile and its maximum', async () => {
    const server = await startTestServer();
    const end = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 3 * MEASURE_EVERY_MS));
    };
    await server.send('/recommend?user_idx=1');
    await end();
    const { text } = await server.send('/metrics');
    for (const during of ['GET /recommend', 'warm up', 'fold the log']) {
      expect(text).toContain(`matinee_event_loop_delay_seconds{quantile="0.99",during="${during}"}`);
      expect(text).toContain(`matinee_event_loop_delay_seconds{quantile="1",during="${during}"}`);
    }
    await server.close();
  });
});
