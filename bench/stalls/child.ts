import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Of the server that the checks start for themselves. */
export const CATALOGUE_TOKEN = 'only for a server of this check';
/** Row of the user who has done everything. */
export const HEAVY_USER = 2;

/** Returns the id of one of the heavy user's events. */
export function heavyEventId(event: number): string {
  return `heavy-${String(event).padStart(8, '0')}`;
}

/** A process that answers messages in order. */
export interface Child {
  readonly pid: number | undefined;
  /** Sends a message and returns the next answer. */
  ask(message: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a file of this folder; returns it with its first message. */
export async function startChild(
  file: string,
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<{ readonly child: Child; readonly first: unknown }> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const process_ = fork(path, args, {
    execArgv: [...process.execArgv, ...nodeOptions],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const first = await nextMessage(process_);
  return {
    first,
    child: {
      pid: process_.pid,
      ask(message) {
        const answer = nextMessage(process_);
        process_.send(message);
        return answer;
      },
      async stop() {
        const ended = new Promise((resolve) => process_.once('exit', resolve));
        if (process_.connected) process_.disconnect();
        await ended;
      },
    },
  };
}

function nextMessage(process_: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the process ended with ${code}`));
    process_.once('exit', ended);
    process_.once('message', (message) => {
      process_.off('exit', ended);
      resolve(message);
    });
  });
}
