import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import { ensureFolder, syncFolder } from '../disk/durable.ts';

/** An append-only file of JSON values, one per line. */
export interface JsonLines<T> {
  /** All values in the order of the file, including those that this run appended. */
  readonly values: readonly T[];
  /**
   * Appends a value. It is synced to disk when the promise resolves, so it survives a crash or power loss.
   *
   * @throws {MatineeError} `CHANGED` when another process has written to the file since it was opened.
   */
  append(value: T): Promise<void>;
}

/**
 * Opens the file. A missing folder is created; the first `append` creates a missing file. An incomplete last line, left
 * by an interrupted run, is cut off.
 *
 * @throws {MatineeError} `BAD_FILE` naming the line that is not JSON.
 */
export async function openJsonLines<T>(file: string): Promise<JsonLines<T>> {
  await ensureFolder(path.dirname(file));
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const values = whole
    .split('\n')
    .slice(0, -1)
    .map((line, index) => parseLine<T>(file, line, index + 1));
  let size = Buffer.byteLength(whole);
  if (whole.length < text.length) {
    const handle = await open(file, 'r+');
    await handle.truncate(size).finally(() => handle.close());
  }
  return {
    values,
    async append(value) {
      const line = `${JSON.stringify(value)}\n`;
      const handle = await open(file, 'a');
      try {
        if ((await handle.stat()).size !== size) {
          throw new MatineeError('CHANGED', `${file} was changed by another run; wait until that run ends`);
        }
        await handle.appendFile(line);
        await handle.sync();
        if (size === 0) await syncFolder(path.dirname(file));
      } finally {
        await handle.close();
      }
      size += Buffer.byteLength(line);
      values.push(value);
    },
  };
}

function parseLine<T>(file: string, line: string, number: number): T {
  try {
    return JSON.parse(line) as T;
  } catch (cause) {
    throw new MatineeError('BAD_FILE', `${file}, line ${number} is not JSON; repair or remove it`, { cause });
  }
}
