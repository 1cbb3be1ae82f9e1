import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Of the real server, built (`npm run build`), in a process of its own. */
export interface ServerOptions {
  readonly home: string;
  readonly isTrained: boolean;
  readonly port: string;
  readonly data: string | undefined;
  readonly cacheMegabytes: number;
  readonly oneCore: boolean;
}

export interface RunningServer {
  readonly base: string;
  readonly dataset: { readonly name: string; readonly userCount: number; readonly itemCount: number };
  /** Resident megabytes. */
  memory(): number;
}

/** Starts a server, says what it serves, and stops it when `measure` is done. */
export async function withServer(
  options: ServerOptions,
  measure: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const base = `http://127.0.0.1:${options.port}`;
  const server = startServer(options);
  const ended = new Promise((resolve) => server.once('exit', resolve));
  try {
    const { version, generation, dataset } = await ready(base, server);
    console.log(
      `\nrelease ${version} (${generation}) on ${dataset.name}: ${dataset.userCount} users, ${dataset.itemCount} titles`,
    );
    await measure({ base, dataset, memory: () => residentMegabytes(server) });
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

function startServer({ home, isTrained, port, data, cacheMegabytes, oneCore }: ServerOptions): ChildProcess {
  const main = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
  const command = isTrained ? ['serve'] : ['start', '--until', 'v1'];
  const args = [main, ...command, '--home', home, '--port', port, '--cache-mb', String(cacheMegabytes)];
  if (data !== undefined) args.push('--data', data);
  const [program, ...rest] = oneCore ? ['taskset', '-c', '0', process.execPath, ...args] : [process.execPath, ...args];
  return spawn(program as string, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
}

interface Status {
  readonly version: string;
  readonly generation: string;
  readonly dataset: { readonly name: string; readonly userCount: number; readonly itemCount: number };
}

async function ready(base: string, server: ChildProcess): Promise<Status> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}; run: npm run build`);
    const response = await fetch(`${base}/api/v1/status`).catch(() => undefined);
    if (response?.ok) return (await response.json()) as Status;
    await sleep(100);
  }
  throw new Error('the server did not get ready within two minutes');
}

function residentMegabytes(server: ChildProcess): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
