/**
 * A server over a generated world in a process of its own, for the checks beside it. Arguments: number of titles, events
 * of one user. Sends its address when it listens; on the message `swap` it swaps the release and sends `done`; on
 * `collect` it collects garbage and sends the bytes in use.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { startServer } from '@matinee/server';
import { CATALOGUE_TOKEN, HEAVY_USER, heavyEventId } from './child.ts';
import { createLargeWorld } from './large-world.ts';

const EVENTS_PER_APPEND = 5000;

const [itemCount, eventCount] = process.argv.slice(2).map(Number) as [number, number];
const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-stalls-'));
const eventsFile = path.join(folder, 'events.db');
const { dataset, release } = await createLargeWorld(itemCount);

await writeEvents();
const server = await startServer({
  dataset,
  release,
  eventsFile,
  host: '127.0.0.1',
  port: 0,
  catalogueToken: CATALOGUE_TOKEN,
  // So small that it fills at once: growth of memory would otherwise be its growth.
  responseCache: { maxBytes: 1024 * 1024 },
});
let swaps = 0;
process.on('message', (message) => {
  if (message === 'swap') void swap();
  if (message === 'collect') collect();
});
// The check has ended, in whatever way.
process.once('disconnect', () => void stop());
process.send?.({ url: server.url.replace('localhost', '127.0.0.1') });

async function writeEvents(): Promise<void> {
  const stores = openSqliteStores(eventsFile);
  const nowMs = Date.now();
  for (let first = 0; first < eventCount; first += EVENTS_PER_APPEND) {
    const count = Math.min(EVENTS_PER_APPEND, eventCount - first);
    await stores.events.append(
      Array.from({ length: count }, (_, at) => ({
        eventId: heavyEventId(first + at),
        userId: `u${HEAVY_USER}`,
        itemId: `m${((first + at) * 7) % itemCount}`,
        type: 'like' as const,
        atMs: nowMs - (eventCount - first - at) * 1000,
      })),
    );
  }
  await stores.close();
}

async function swap(): Promise<void> {
  await server.swap({ ...release, version: `${'0'.repeat(8)}${String(++swaps).padStart(8, '0')}` });
  process.send?.('done');
}

function collect(): void {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ bytes: heapUsed + external });
}

async function stop(): Promise<void> {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}
