import { MatineeError } from '@matinee/numerics';

/**
 * Progress of a command, one line per stage. On a terminal the line is redrawn in place; elsewhere (pipes, CI, log
 * files) each stage prints once when it ends. With `--json` every change is one JSON object per line. Progress goes to
 * stderr and results go to stdout, so that both can be piped.
 */
export interface Progress {
  /** Runs `work` as a named stage and returns its result. An error marks the stage as failed and is thrown again. */
  stage<T>(name: string, work: (stage: Stage) => Promise<T>): Promise<T>;
  /** Prints a sentence between stages. */
  note(text: string): void;
}

interface Stage {
  /** Shows progress. A `total` of 0 means unknown; `unit` is a plural such as "ratings". */
  update(done: number, total: number, unit?: string): void;
  /** Sets the text of the finished line: "100,004 ratings, 671 users". */
  summary(text: string): void;
  /**
   * Shows progress in long computations, lets the event loop run once every 50 ms, and throws `CANCELLED` after the
   * signal is aborted.
   */
  checkpoint(done: number, total: number): Promise<void>;
}

export interface ProgressOptions {
  readonly json: boolean;
  readonly stream: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

const YIELD_EVERY_MS = 50;

export function createProgress({ json, stream, signal }: ProgressOptions): Progress {
  const live = !json && stream.isTTY === true;
  const emit = (event: Record<string, unknown>): void => void stream.write(`${JSON.stringify(event)}\n`);

  return {
    note(text) {
      if (json) emit({ note: text });
      else stream.write(`${live ? '\r\x1b[K' : ''}  ${text}\n`);
    },
    async stage(name, work) {
      const startedAt = performance.now();
      let summary = '';
      let lastDrawnAt = 0;
      let lastYieldAt = startedAt;
      const elapsedMs = (): number => performance.now() - startedAt;
      const draw = (text: string): void => {
        if (live) stream.write(`\r\x1b[K${text}`);
      };
      draw(`  … ${name}`);
      if (json) emit({ stage: name, status: 'started' });
      const stage: Stage = {
        update(done, total, unit = '') {
          const now = performance.now();
          if (now - lastDrawnAt < 100) return;
          lastDrawnAt = now;
          if (json) emit({ stage: name, status: 'running', done, total, ...(unit === '' ? {} : { unit }) });
          else draw(`  … ${name}  ${describeProgress(done, total, unit, elapsedMs())}`);
        },
        summary(text) {
          summary = text;
        },
        async checkpoint(done, total) {
          stage.update(done, total);
          const now = performance.now();
          if (now - lastYieldAt >= YIELD_EVERY_MS) {
            lastYieldAt = now;
            await new Promise((resolve) => setImmediate(resolve));
          }
          if (signal.aborted) throw new MatineeError('CANCELLED', `stopped while running: ${name}`);
        },
      };
      try {
        const result = await work(stage);
        if (json) emit({ stage: name, status: 'done', ms: Math.round(elapsedMs()), summary });
        else {
          draw('');
          stream.write(`  ✓ ${name}${summary === '' ? '' : `  ${summary}`}  (${formatDuration(elapsedMs())})\n`);
        }
        return result;
      } catch (error) {
        if (json) emit({ stage: name, status: 'failed', ms: Math.round(elapsedMs()) });
        else {
          draw('');
          stream.write(`  ✗ ${name}  (${formatDuration(elapsedMs())})\n`);
        }
        throw error;
      }
    },
  };
}

function describeProgress(done: number, total: number, unit: string, elapsedMs: number): string {
  const suffix = unit === '' ? '' : ` ${unit}`;
  if (total <= 0) return `${done.toLocaleString('en')}${suffix}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * 20);
  const bar = `${'━'.repeat(filled)}${'─'.repeat(20 - filled)}`;
  const remainingMs = share > 0.02 ? (elapsedMs / share) * (1 - share) : Number.NaN;
  const eta = Number.isNaN(remainingMs) ? '' : `  ${formatDuration(remainingMs)} left`;
  return `${bar} ${Math.floor(share * 100)} %  ${done.toLocaleString('en')} of ${total.toLocaleString('en')}${suffix}${eta}`;
}

/** Formats as `0.3 s`, `12.0 s` or `3 min 05 s`. */
function formatDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
