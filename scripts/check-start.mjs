/**
 * `npm start` as a person or a service runs it, in a home of its own: it answers, and a SIGTERM to npm ends all of it.
 * .ci/run calls it after the build: node scripts/check-start.mjs
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const STARTS_WITHIN_MS = 180_000;
const ENDS_WITHIN_MS = 12_000;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const home = mkdtempSync(path.join(os.tmpdir(), 'matinee-start-'));
const port = await freePort();
const npm = spawn('npm', ['start', '--', '--port', String(port), '--home', home], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
try {
  await until(
    answers,
    STARTS_WITHIN_MS,
    `npm start did not answer on port ${port} within ${STARTS_WITHIN_MS / 1000} s`,
  );
  const before = processesOf(home);
  if (before.length === 0) throw new Error('found no process of npm start; this check sees nothing');
  npm.kill('SIGTERM');
  const isOver = async () => !(await answers()) && processesOf(home).length === 0;
  await until(isOver, ENDS_WITHIN_MS, `${ENDS_WITHIN_MS / 1000} s after SIGTERM to npm something is left`);
  process.stdout.write(`npm start answered; SIGTERM ended ${before.length} processes\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const pid of processesOf(home)) process.kill(pid, 'SIGKILL');
  rmSync(home, { recursive: true, force: true });
}

async function until(isTrue, withinMs, message) {
  for (const endMs = Date.now() + withinMs; Date.now() < endMs; await wait(100)) if (await isTrue()) return;
  throw new Error(message);
}

async function answers() {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

/** Processes that name the home in their arguments, and their children. */
function processesOf(folder) {
  const own = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
      own.set(Number(name), { line, parent });
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = new Set(
    [...own].filter(([pid, { line }]) => pid !== process.pid && line.includes(folder)).map(([pid]) => pid),
  );
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const [pid, { parent }] of own) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
