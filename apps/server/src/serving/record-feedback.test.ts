import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const NOW = Date.UTC(2026, 0, 10);
const DAY = 86_400_000;
let server: TestServer | undefined;
afterEach(() => server?.close());

/** Times in the log of events that are sent while the clock says these times. */
async function recordedAt(timesMs: readonly number[]): Promise<number[]> {
  const clock = { nowMs: NOW };
  server = await startTestServer({ clock: () => clock.nowMs });
  for (const [at, nowMs] of timesMs.entries()) {
    clock.nowMs = nowMs;
    await server.post('/feedback', { user_idx: 3, item_idx: at, event: 'like' });
  }
  return (await server.stores.events.eventsAfter(0, 100)).map(({ atMs }) => atMs);
}

describe('the time of recorded feedback', () => {
  it('does not go back where the clock is corrected by a little', async () => {
    expect(await recordedAt([NOW, NOW - 5000, NOW - 1, NOW + 7])).toEqual([NOW, NOW, NOW, NOW + 7]);
  });

  it('follows a clock that was years ahead and is set right', async () => {
    expect(await recordedAt([NOW + 3650 * DAY, NOW, NOW + 5])).toEqual([NOW + 3650 * DAY, NOW, NOW + 5]);
  });
});
