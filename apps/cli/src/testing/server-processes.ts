import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export const CATALOGUE_TOKEN = 'brings titles in this test';

interface CommandProcess {
  readonly child: ChildProcess;
  /** Standard error so far. */
  log(): string;
  /** Standard output so far. */
  out(): string;
}

interface RunningServer {
  readonly child: ChildProcess;
  readonly url: string;
  /** Standard error so far. */
  log(): string;
}

/** Commands as processes of their own, from source, with homes in one folder. */
export interface ServerProcesses {
  run(
    args: readonly string[],
    home: string,
    source?: readonly string[],
    nodeOptions?: readonly string[],
  ): CommandProcess;
  /** Resolves once the server listens. */
  start(
    command: 'start' | 'serve',
    home: string,
    port?: number,
    until?: string,
    more?: readonly string[],
    nodeOptions?: readonly string[],
  ): Promise<RunningServer>;
  /** Sends the signal and returns the exit code. */
  stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null>;
  killAll(): void;
}

export function createServerProcesses(folder: string, data: string): ServerProcesses {
  const children = new Set<ChildProcess>();

  const run: ServerProcesses['run'] = (args, home, source = ['--data', data], nodeOptions = []) => {
    const common = ['--import', 'tsx', '--conditions=@matinee/source', ...nodeOptions, MAIN];
    const child = spawn(process.execPath, [...common, ...args, '--home', path.join(folder, home), ...source], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PORT: '', MATINEE_CATALOGUE_TOKEN: CATALOGUE_TOKEN },
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    let out = '';
    let log = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      log += String(chunk);
    });
    return { child, log: () => log, out: () => out };
  };

  return {
    run,
    async start(command, home, port = 0, until = 'v1', more = [], nodeOptions = []) {
      const generations = command === 'start' ? ['--until', until, ...more] : [];
      const args = [command, '--json', '--port', String(port), ...generations];
      const { child, log, out } = run(args, home, undefined, nodeOptions);
      while (!out().includes('\n')) {
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${log()}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return { child, log, url: (JSON.parse(out()) as { url: string }).url };
    },
    async stop(child, signal) {
      child.kill(signal);
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
    killAll() {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}

/** Returns the child of a process whose command line holds `program`, once there is one. Linux only. */
export async function findChild(parent: ChildProcess, program: string): Promise<number> {
  while (parent.exitCode === null) {
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        if (!status.includes(`PPid:\t${parent.pid}\n`)) continue;
        if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(program)) return Number(name);
      } catch {
        // It has ended meanwhile.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the process ended without a child ${program}`);
}

/** Returns whether a process runs or is stopped; an ended one may still have its number. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
