import { Worker } from 'node:worker_threads';
import { MatineeError } from '@matinee/numerics';
import { compileKernels, instantiateKernels, type RunTask } from './kernels-wasm.ts';
import type { TrainingMemory } from './training-memory.ts';
import { CONTROL, MAXIMUM_THREADS, TASKS } from './wasm-tasks.ts';

/** Threads for one training run at a time. The calling thread is one of them. */
export interface ThreadPool {
  readonly threadCount: number;
  /** Connects the workers to a memory. `runTask` runs a task on all threads and blocks until it is done. */
  attach(memory: TrainingMemory): { readonly runTask: RunTask; detach(): void };
  close(): Promise<void>;
}

/** Polls before a thread goes to sleep. Waking takes about 50 µs, and most tasks follow within that time. */
const SPIN_ROUNDS = 20_000;

/**
 * The code of a worker. It is a string because the tasks themselves are WebAssembly: a worker needs no file of its own,
 * so the package works from source, compiled or bundled.
 */
const WORKER_SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const { module, control: at, spinRounds } = workerData;
parentPort.on('message', ({ memory, thread, threads, taskNames }) => {
  const control = new Int32Array(memory.buffer);
  const tasks = new WebAssembly.Instance(module, { env: { memory } }).exports;
  let epoch = 0;
  for (;;) {
    for (let spin = 0; spin < spinRounds && Atomics.load(control, at.epoch) === epoch; spin++);
    while (Atomics.load(control, at.epoch) === epoch) Atomics.wait(control, at.epoch, epoch);
    epoch = Atomics.load(control, at.epoch);
    const task = Atomics.load(control, at.task);
    if (task >= 0) {
      try { tasks[taskNames[task]](thread, threads); } catch { Atomics.store(control, at.failed, 1); }
    }
    Atomics.add(control, at.doneCount, 1);
    Atomics.notify(control, at.doneCount);
    if (task < 0) return;
  }
});
parentPort.postMessage('ready');
`;

const TASK_NAMES = TASKS.map(({ name }) => name);
const LEAVE = -1;
/** Tasks take milliseconds; a thread that does not finish within this time is treated as dead. */
const LONGEST_TASK_MS = 60_000;

/**
 * Starts `threadCount − 1` workers. Close the pool after training; it does not keep the process alive.
 *
 * @throws {MatineeError} `BAD_CONFIG` for a thread count outside 1 … 256.
 */
export async function openThreadPool(threadCount: number): Promise<ThreadPool> {
  if (!(Number.isInteger(threadCount) && threadCount >= 1 && threadCount <= MAXIMUM_THREADS)) {
    throw new MatineeError('BAD_CONFIG', `threadCount is ${threadCount}; it must be 1 … ${MAXIMUM_THREADS}`);
  }
  const workers = await startWorkers(threadCount - 1);
  let isOpen = true;
  return {
    threadCount,
    attach(memory) {
      if (!isOpen) throw new MatineeError('POOL_CLOSED', 'the thread pool is closed; close it after the last fitGbdt');
      return attachWorkers(workers, memory);
    },
    async close() {
      isOpen = false;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function startWorkers(count: number): Promise<readonly Worker[]> {
  const workerData = { module: compileKernels(), control: CONTROL, spinRounds: SPIN_ROUNDS };
  const workers = Array.from(
    { length: count },
    () => new Worker(WORKER_SOURCE, { eval: true, workerData, execArgv: [] }),
  );
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          worker.once('message', () => resolve());
          worker.once('error', reject);
        }),
    ),
  );
  for (const worker of workers) worker.unref();
  return workers;
}

function attachWorkers(workers: readonly Worker[], memory: TrainingMemory): ReturnType<ThreadPool['attach']> {
  const threads = workers.length + 1;
  const own = instantiateKernels(memory);
  workers.forEach((worker, index) => {
    worker.postMessage({ memory: memory.handle, thread: index + 1, threads, taskNames: TASK_NAMES });
  });
  return {
    runTask(task) {
      startTask(memory.control, TASK_NAMES.indexOf(task));
      own[task](0, threads);
      finishTask(memory.control, workers.length);
    },
    detach() {
      startTask(memory.control, LEAVE);
      finishTask(memory.control, workers.length);
    },
  };
}

function startTask(control: Int32Array, task: number): void {
  Atomics.store(control, CONTROL.doneCount, 0);
  Atomics.store(control, CONTROL.task, task);
  Atomics.add(control, CONTROL.epoch, 1);
  Atomics.notify(control, CONTROL.epoch);
}

/** Waits until every worker has finished the current task. */
function finishTask(control: Int32Array, workerCount: number): void {
  let done = Atomics.load(control, CONTROL.doneCount);
  for (let spin = 0; spin < SPIN_ROUNDS && done < workerCount; spin++) {
    done = Atomics.load(control, CONTROL.doneCount);
  }
  while (done < workerCount) {
    if (Atomics.wait(control, CONTROL.doneCount, done, LONGEST_TASK_MS) === 'timed-out') {
      throw new MatineeError('WORKER_FAILED', 'a training thread has not answered for a minute; open a new pool');
    }
    done = Atomics.load(control, CONTROL.doneCount);
  }
  if (Atomics.load(control, CONTROL.failed) !== 0) {
    throw new MatineeError('WORKER_FAILED', 'a training thread stopped on an error; train with one thread to see it');
  }
}
