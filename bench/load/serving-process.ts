import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Options of the built server (`npm run build`) in a process of its own. */
export interface ServerOptions {
  readonly home: string;
  readonly isTrained: boolean;
  readonly data: string | undefined;
  readonly cacheMegabytes: number;
  readonly oneCore: boolean;
  /** Default: the one that is current. */
  readonly generation?: string | undefined;
  /** Megabytes of kept candidates. Absent: the server's default, or a build that has none. */
  readonly keptMegabytes?: string | undefined;
  /** Further options of the command. */
  readonly more?: readonly string[];
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Folder of another checkout whose build is run. */
  readonly checkout?: string;
}

export interface RunningServer {
  readonly base: string;
  readonly dataset: { readonly name: string; readonly userCount: number; readonly itemCount: number };
  /** Resident megabytes. */
  memory(): number;
  readonly pid: number;
}

/** Starts a server, prints the release it serves, and stops it when `measure` is done. */
export async function withServer(
  options: ServerOptions,
  measure: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = startServer(options);
  const ended = new Promise((resolve) => server.once('exit', resolve));
  try {
    const base = await addressOf(server);
    const { version, generation, dataset } = (await (
      await fetch(`${base}/api/v1/status`, { headers: options.headers ?? {} })
    ).json()) as Status;
    console.log(
      `\nrelease ${version} (${generation}) on ${dataset.name}: ${dataset.userCount} users, ${dataset.itemCount} titles`,
    );
    await measure({ base, dataset, memory: () => residentMegabytes(server), pid: server.pid! });
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

function startServer({
  home,
  isTrained,
  data,
  cacheMegabytes,
  oneCore,
  generation,
  keptMegabytes,
  more = [],
  checkout = REPOSITORY,
}: ServerOptions): ChildProcess {
  const main = path.join(checkout, 'apps/cli/dist/main.js');
  const command = isTrained ? ['serve'] : ['start', '--until', 'v1'];
  const args = [main, ...command, '--home', home, '--port', '0', '--cache-mb', String(cacheMegabytes)];
  if (data !== undefined) args.push('--data', data);
  if (generation !== undefined) args.push('--serve', generation);
  if (keptMegabytes !== undefined) args.push('--kept-mb', keptMegabytes);
  args.push(...more);
  const [program, ...rest] = oneCore ? ['taskset', '-c', '0', process.execPath, ...args] : [process.execPath, ...args];
  return spawn(program as string, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
}

interface Status {
  readonly version: string;
  readonly generation: string;
  readonly dataset: { readonly name: string; readonly userCount: number; readonly itemCount: number };
}

/** The address that the server prints, so that no other server on this machine is measured. */
async function addressOf(server: ChildProcess): Promise<string> {
  let said = '';
  for await (const chunk of server.stdout as AsyncIterable<Buffer>) {
    said += String(chunk);
    const port = /http:\/\/localhost:(\d+)/.exec(said)?.[1];
    if (port !== undefined) return `http://127.0.0.1:${port}`;
  }
  throw new Error('the server ended before it was ready; run: npm run build');
}

function residentMegabytes(server: ChildProcess): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
