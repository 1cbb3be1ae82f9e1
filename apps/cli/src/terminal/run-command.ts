import { defined } from '@matinee/numerics';
import { describeFailure } from './describe-failure.ts';
import { createProgress, type Progress } from './progress.ts';

/** Exit codes, the same for every command. */
export const EXIT_CODES = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Codes of a `MatineeError` for a wrong command line or wrong input, as opposed to failed work. */
const USAGE_CODES = new Set(['BAD_ARGUMENT', 'BAD_CONFIG', 'NOT_FOUND', 'BAD_MAPPING']);

/**
 * From SIGTERM, or an error that nothing handles, to the end of the process. It loses nothing: files are written aside,
 * and an answer to a write waits for the disk.
 */
const ENDS_WITHIN_MS = 11_500;

export interface CommandContext {
  readonly progress: Progress;
  /** Aborted by the first Ctrl-C. A second one ends the process at once. */
  readonly signal: AbortSignal;
  /** Writes the command's result: the object with `--json`, the text otherwise. */
  print(result: { json: unknown; text: string }): void;
}

/**
 * Runs a command's body and handles progress, Ctrl-C and exit codes: 0 done, 1 failed, 2 wrong usage or input,
 * 130 interrupted. Every error prints one line, an unexpected one with its stack. An error that nothing handles ends
 * the command like Ctrl-C, but with 1. Like SIGTERM it leaves eleven and a half seconds.
 */
export async function runCommand(
  options: { json: boolean },
  body: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const abort = new AbortController();
  const onInterrupt = (): void => {
    if (abort.signal.aborted) process.exit(EXIT_CODES.interrupted);
    abort.abort();
    process.stderr.write('\nstopping after the current step; press Ctrl-C again to stop at once\n');
  };
  // Again means nothing: a service manager signals every process, and npm start passes on what it has received.
  const onTerminate = (): void => {
    abort.abort();
    endInTime(EXIT_CODES.interrupted);
  };
  let isBroken = false;
  /** The state behind the error is unknown, so the process ends; a server answers what is under way first. */
  const onBug = (error: unknown): void => {
    process.exitCode = reportFailure(error, options.json);
    if (isBroken) process.exit();
    isBroken = true;
    abort.abort();
    endInTime(EXIT_CODES.failed);
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('uncaughtException', onBug);
  process.on('unhandledRejection', onBug);
  // Whoever read the progress is gone; the work goes on.
  process.stderr.on('error', () => undefined);
  const progress = createProgress({ json: options.json, stream: process.stderr, signal: abort.signal });
  try {
    await body({
      progress,
      signal: abort.signal,
      print: ({ json, text }) => process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `${text}\n`),
    });
  } catch (error) {
    // What stops because of a bug says only that it was stopped.
    if (!isBroken) process.exitCode = reportFailure(error, options.json);
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('uncaughtException', onBug);
    process.off('unhandledRejection', onBug);
  }
}

function endInTime(code: number): void {
  setTimeout(() => {
    process.stderr.write('matinee: did not end in time, and is ended\n');
    process.exit(code);
  }, ENDS_WITHIN_MS).unref();
}

function reportFailure(error: unknown, json: boolean): number {
  const { code, message } = describeFailure(error);
  const isExpected = code !== 'UNEXPECTED';
  const stack = isExpected || !(error instanceof Error) ? undefined : error.stack;
  if (json) process.stderr.write(`${JSON.stringify({ error: { code, message, ...defined({ stack }) } })}\n`);
  else if (isExpected) process.stderr.write(`matinee: ${message}\n`);
  else process.stderr.write(`matinee: unexpected error: ${inOneLine(stack ?? message)}\n`);
  if (code === 'CANCELLED') return EXIT_CODES.interrupted;
  return USAGE_CODES.has(code) ? EXIT_CODES.usage : EXIT_CODES.failed;
}

/** Logs are read by lines, and the line that names the error is the one that is found. */
function inOneLine(stack: string): string {
  return stack
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
}
