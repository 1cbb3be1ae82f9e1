import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { MatineeError } from '@matinee/numerics';
import type { SqliteStores } from './open-stores.ts';
import type { StoreAnswer, StoreCall, StoreMethods, StoresOpened } from './store-worker.ts';

/** A call that takes longer is given up: the disk hangs, and its caller must not. */
const CALL_DEADLINE_MS = 10_000;

/**
 * Opens the embedded stores in a thread of their own. SQLite blocks its thread while it reads, syncs the disk or waits
 * for a lock; the thread that answers requests goes on meanwhile.
 *
 * A call costs two messages, about 0.05 ms; calls of one moment, such as the two reads of a request, share theirs. A
 * call without an answer within {@link CALL_DEADLINE_MS}, or whose thread ends, is rejected with `STORE_UNAVAILABLE`;
 * an append may have been stored then, and can be sent again. The next call starts a thread that has ended anew.
 *
 * @throws {MatineeError} like `openSqliteStores`.
 */
export async function openStoresInWorker(file: string): Promise<SqliteStores> {
  let connection = connect(file);
  const { methods } = await connection;

  async function call(store: StoreCall['store'], method: string, parameters: readonly unknown[]): Promise<unknown> {
    const present = connection;
    const hasEnded = await present.then(
      (open) => open.hasEnded(),
      () => true,
    );
    if (hasEnded && connection === present) connection = connect(file);
    return (await connection).call(store, method, parameters);
  }

  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    // What was called before is finished first: some calls may be waiting for a lock.
    closed ??= Promise.allSettled(underWay).then(async () => (await connection).close());
    return closed;
  };
  const remote = (store: keyof StoreMethods): object => {
    const methodOf = (method: string) => {
      return (...parameters: unknown[]): Promise<unknown> => {
        const answered = call(store, method, parameters).finally(() => underWay.delete(answered));
        underWay.add(answered);
        return answered;
      };
    };
    return Object.fromEntries(methods[store].map((method) => [method, methodOf(method)]));
  };
  return {
    events: { ...remote('events'), close },
    visitors: { ...remote('visitors'), close },
    households: { ...remote('households'), close },
    newItems: { ...remote('newItems'), close },
    apiKeys: { ...remote('apiKeys'), close },
    ...remote('stores'),
    close,
  } as SqliteStores;
}

/** A thread with open stores. */
interface Connection {
  readonly methods: StoreMethods;
  call(store: StoreCall['store'], method: string, parameters: readonly unknown[]): Promise<unknown>;
  /** True once the thread has ended, whatever the reason. */
  hasEnded(): boolean;
  /** Finishes pending writes and ends the thread. */
  close(): Promise<void>;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly deadline: NodeJS.Timeout;
}

async function connect(file: string): Promise<Connection> {
  const worker = startWorker(file);
  const pending = new Map<number, PendingCall>();
  let lastId = 0;
  let unsent: StoreCall[] = [];
  let ended: MatineeError | undefined;

  function settle(id: number, end: (call: PendingCall) => void): void {
    const waiting = pending.get(id);
    if (waiting === undefined) return;
    pending.delete(id);
    clearTimeout(waiting.deadline);
    // An idle store keeps no process alive.
    if (pending.size === 0) worker.unref();
    end(waiting);
  }

  function settleBy(answer: StoreAnswer): void {
    if ('error' in answer) settle(answer.id, (waiting) => waiting.reject(toError(answer.error)));
    else settle(answer.id, (waiting) => waiting.resolve(answer.value));
  }

  function call(store: StoreCall['store'], method: string, parameters: readonly unknown[]): Promise<unknown> {
    if (ended !== undefined) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      const giveUp = (): void =>
        settle(id, () => reject(unavailable(file, `no answer within ${CALL_DEADLINE_MS / 1000} s`)));
      pending.set(id, { resolve, reject, deadline: setTimeout(giveUp, CALL_DEADLINE_MS).unref() });
      worker.ref();
      if (unsent.length === 0) queueMicrotask(sendCalls);
      unsent.push({ id, store, method, parameters });
    });
  }

  function sendCalls(): void {
    const calls = unsent;
    unsent = [];
    try {
      worker.postMessage(calls);
    } catch (error) {
      // A value that cannot be sent: of its caller, and of those who called at the same moment.
      for (const { id } of calls) settle(id, (waiting) => waiting.reject(error));
    }
  }

  const methods = await new Promise<StoreMethods>((resolve, reject) => {
    worker.on('message', (message: StoresOpened | readonly StoreAnswer[]) => {
      if ('methods' in message) resolve(message.methods);
      else if ('failure' in message) reject(toError(message.failure));
      else for (const answer of message) settleBy(answer);
    });
    const end = (reason: string): void => {
      const error = unavailable(file, reason);
      ended ??= error;
      reject(error);
      for (const id of Array.from(pending.keys())) settle(id, (waiting) => waiting.reject(error));
    };
    worker.on('error', (error) => end(`its thread ended: ${error.message}`));
    worker.on('exit', () => end('its thread ended'));
  });
  worker.unref();
  return {
    methods,
    call,
    hasEnded: () => ended !== undefined,
    async close() {
      if (ended === undefined) await call('stores', 'close', []).finally(() => worker.terminate());
    },
  };
}

function startWorker(file: string): Worker {
  const workerData = { file };
  if (import.meta.url.endsWith('.js')) return new Worker(new URL('./store-worker.js', import.meta.url), { workerData });
  // From source a loader compiles the module. A thread does not inherit that of its process.
  const loader = new URL('index.mjs', pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')));
  const module = new URL('./store-worker.ts', import.meta.url);
  return new Worker(`import('${loader}').then(({ register }) => { register(); return import('${module}'); })`, {
    workerData,
    eval: true,
    execArgv: ['--conditions=@matinee/source'],
  });
}

function unavailable(file: string, reason: string): MatineeError {
  return new MatineeError('STORE_UNAVAILABLE', `the event store ${file} cannot be used now: ${reason}`);
}

function toError({ code, message }: { readonly code: string | null; readonly message: string }): Error {
  return code === null ? new Error(message) : new MatineeError(code, message);
}
