import { fork } from 'node:child_process';
import { defined, MatineeError } from '@matinee/numerics';

/** How long a child may take, in milliseconds. */
interface ChildLimits {
  /** From SIGTERM to SIGKILL: a child inside a long native call hears no signal but the last one. */
  readonly graceMs: number;
  /** Without any message, heartbeats included. */
  readonly hangMs: number;
}

export interface ChildOptions<Message> {
  /** The module that the child runs. */
  readonly file: string;
  /** The first message to the child. */
  readonly task: object;
  readonly onMessage: (message: Message) => void;
  /** Ends the child. */
  readonly signal: AbortSignal;
  /** How messages are encoded: `advanced` also carries byte arrays. Default `json`. */
  readonly serialization?: 'json' | 'advanced';
  readonly limits?: Partial<ChildLimits>;
  /** The Node binary; this process's own where absent. */
  readonly execPath?: string;
}

/** What a child sends, beside its own messages, while its event loop turns. */
export interface Heartbeat {
  readonly kind: 'heartbeat';
}

const DEFAULT_LIMITS: ChildLimits = { graceMs: 5000, hangMs: 15 * 60_000 };
/** For a child of a command that somebody waits for and can end: a single step on large data may take long. */
export const PATIENT_LIMITS: ChildLimits = { graceMs: 5000, hangMs: 4 * 3_600_000 };

/** All that a training child needs of the environment: no secret of the server is among it. */
const PASSED_ON =
  /^(PATH|HOME|TMPDIR|TMP|TEMP|SystemRoot|LANG|LC_.*|TZ|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|UV_THREADPOOL_SIZE|NODE_OPTIONS|NODE_NO_WARNINGS)$/i;

/**
 * Runs a module in a process of its own until it ends.
 *
 * @returns `undefined` for a child that ended by itself or was stopped through `signal`, otherwise why it failed:
 * `CHILD_NOT_STARTED`, `CHILD_KILLED`, `CHILD_FAILED`, `CHILD_HUNG`. Never rejects, and leaves no process behind.
 */
export function runChild<Message extends object>(options: ChildOptions<Message>): Promise<MatineeError | undefined> {
  const { file, task, onMessage, signal, serialization = 'json', execPath } = options;
  const { graceMs, hangMs } = { ...DEFAULT_LIMITS, ...options.limits };
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    let failure: MatineeError | undefined;
    let killing: NodeJS.Timeout | undefined;
    let listening: NodeJS.Timeout | undefined;
    const child = fork(file, { serialization, env: environment(), ...defined({ execPath }) });

    const stop = (): void => {
      child.kill('SIGTERM');
      killing ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
    };
    const hang = (): void => {
      const minutes = (hangMs / 60_000).toFixed(hangMs < 60_000 ? 3 : 0);
      failure = new MatineeError(
        'CHILD_HUNG',
        `the training process sent nothing for ${minutes} minutes and was ended`,
      );
      child.kill('SIGKILL');
    };
    const listen = (): void => {
      clearTimeout(listening);
      listening = setTimeout(hang, hangMs);
    };
    const end = (reason: MatineeError | undefined): void => {
      signal.removeEventListener('abort', stop);
      clearTimeout(killing);
      clearTimeout(listening);
      resolve(signal.aborted ? undefined : (failure ?? reason));
    };

    signal.addEventListener('abort', stop, { once: true });
    // Comes instead of `exit` where there is no process, and beside it where a message could not be sent.
    child.on('error', (error) => {
      if (child.pid === undefined) {
        end(
          new MatineeError('CHILD_NOT_STARTED', `the training process did not start: ${error.message}`, {
            cause: error,
          }),
        );
      }
    });
    child.on('message', (message: Message | Heartbeat) => {
      listen();
      if (!isHeartbeat(message)) onMessage(message);
    });
    child.on('exit', (code, by) => {
      // Messages that the child has sent may still be on their way.
      if (child.connected) child.once('disconnect', () => end(reasonOf(code, by)));
      else end(reasonOf(code, by));
    });
    listen();
    child.send(task, () => undefined);
  });
}

function isHeartbeat(message: object): message is Heartbeat {
  return (message as Partial<Heartbeat>).kind === 'heartbeat';
}

function reasonOf(code: number | null, by: NodeJS.Signals | null): MatineeError | undefined {
  if (by !== null) return new MatineeError('CHILD_KILLED', `the training process was killed (${by})`);
  if (code !== 0) return new MatineeError('CHILD_FAILED', `the training process ended with code ${code}`);
  return undefined;
}

function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
}
