import { MatineeError } from '@matinee/numerics';
import { createProgress, type Progress } from './progress.ts';

/** Exit codes, the same for every command. */
export const EXIT_CODES = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Codes of {@link MatineeError} for a wrong command line or wrong input, as opposed to failed work. */
const USAGE_CODES = new Set(['BAD_ARGUMENT', 'BAD_CONFIG', 'NOT_FOUND', 'BAD_MAPPING']);

export interface CommandContext {
  readonly progress: Progress;
  /** Aborted by the first Ctrl-C. A second one ends the process at once. */
  readonly signal: AbortSignal;
  /** Writes the command's result: the object with `--json`, the text otherwise. */
  print(result: { json: unknown; text: string }): void;
}

/**
 * Runs a command's body and handles progress, Ctrl-C and exit codes: 0 done, 1 failed, 2 wrong usage or input,
 * 130 interrupted. An expected error prints one line, an unexpected one its stack.
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
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  const progress = createProgress({ json: options.json, stream: process.stderr, signal: abort.signal });
  try {
    await body({
      progress,
      signal: abort.signal,
      print: ({ json, text }) => process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `${text}\n`),
    });
  } catch (error) {
    process.exitCode = reportFailure(error, options.json);
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  }
}

function reportFailure(error: unknown, json: boolean): number {
  if (error instanceof MatineeError) {
    if (json) process.stderr.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
    else process.stderr.write(`matinee: ${error.message}\n`);
    if (error.code === 'CANCELLED') return EXIT_CODES.interrupted;
    return USAGE_CODES.has(error.code) ? EXIT_CODES.usage : EXIT_CODES.failed;
  }
  process.stderr.write(`matinee: unexpected error\n${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT_CODES.failed;
}
