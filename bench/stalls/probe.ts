/**
 * Asks a server for /healthz every few milliseconds from a process of its own, so that neither side's work hides a held
 * thread. Arguments: its address and process id. Time in which the server or this process was ready to
 * run and the kernel ran other programs is taken off, where Linux tells it, so that a busy machine does not count. On a message it sends what it has measured since the one
 * before.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';

const EVERY_MS = 4;

const [base, serverPid] = process.argv.slice(2) as [string, string];
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let latencies: number[] = [];

process.on('message', () => {
  process.send?.({ latencies });
  latencies = [];
});
process.once('disconnect', () => process.exit());
process.send?.('ready');

for (;;) {
  const queuedBefore = queuedMs(serverPid) + queuedMs(process.pid);
  const sentAt = performance.now();
  await ask();
  const latency = performance.now() - sentAt;
  const queued = queuedMs(serverPid) + queuedMs(process.pid) - queuedBefore;
  latencies.push(Math.max(0, latency - queued));
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
}

/** Returns for how long the main thread of a process has waited for a processor; 0 where that is not known. */
function queuedMs(pid: number | string): number {
  try {
    const [, nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return 0;
  }
}

function ask(): Promise<void> {
  return new Promise((resolve) => {
    const request = http.get(`${base}/healthz`, { agent }, (response) => {
      response.resume().once('end', resolve);
    });
    request.once('error', () => resolve());
  });
}
