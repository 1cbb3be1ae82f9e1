import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
/** A training process sees within seconds that the server is gone, unless it is inside a native call. */
const GONE_WITHIN_MS = 30_000;

/** A command of the built program (`npm run build`). */
export interface Command {
  readonly child: ChildProcess;
  /** Everything that it wrote so far. */
  said(): string;
}

const running = new Set<ChildProcess>();

export function startCommand(args: readonly string[]): Command {
  const child = spawn(process.execPath, [MAIN, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += String(chunk);
    });
  }
  return { child, said: () => said };
}

/** Runs a command to its end. @throws {Error} With what it said, for another exit code than 0. */
export async function finish(args: readonly string[]): Promise<void> {
  const { child, said } = startCommand(args);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`matinee ${args.join(' ')} ended with ${code}: ${said().slice(-2000)}`);
}

/** Starts a server and returns its address. */
export async function startServer(args: readonly string[]): Promise<Command & { readonly url: string }> {
  const command = startCommand([...args, '--port', '0']);
  for (;;) {
    const url = /"url":"(http:[^"]+)"/.exec(command.said())?.[1];
    if (url !== undefined) return { ...command, url: url.replace('localhost', '127.0.0.1') };
    if (hasEnded(command.child)) throw new Error(`matinee ${args.join(' ')} ended: ${command.said().slice(-2000)}`);
    await sleep(10);
  }
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Kills a process with SIGKILL, and waits until it and all that it had started are gone.
 *
 * @throws {Error} When something of it is still there after half a minute.
 */
export async function killAndWait(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  // A stopped process starts no further one.
  child.kill('SIGSTOP');
  const started = descendantsOf(child.pid as number);
  child.kill('SIGKILL');
  await ended;
  for (const endMs = Date.now() + GONE_WITHIN_MS; started.some(isAlive); await sleep(20)) {
    if (Date.now() > endMs) throw new Error(`processes ${started.filter(isAlive).join(', ')} outlived their server`);
  }
}

/** Ends what a stopped run has left running. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Children, and their children. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = /^PPid:\s+(\d+)$/m.exec(statusOf(Number(name)))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = [pid];
  for (const each of found) for (const [child, parent] of parents) if (parent === each) found.push(child);
  return found.slice(1);
}

function isAlive(pid: number): boolean {
  return /^State:\s+[^Z\s]/m.test(statusOf(pid));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
