import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';

/** A file of JSON values, one a line, that only grows. */
export interface JsonLines<T> {
  /** In the order of the file, with what this run appended. */
  readonly values: readonly T[];
  /**
   * On disk when the promise settles: what was appended outlives the process and the machine's power.
   *
   * @throws {MatineeError} `CHANGED` when somebody else has written to the file since it was opened.
   */
  append(value: T): Promise<void>;
}

/**
 * Opens the file, made with its folder if missing. A last line without an end is what a run was writing when it died; it
 * is cut off.
 *
 * @throws {MatineeError} `BAD_FILE` naming the line that is no JSON.
 */
export async function openJsonLines<T>(file: string): Promise<JsonLines<T>> {
  await mkdir(path.dirname(file), { recursive: true });
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
          throw new MatineeError('CHANGED', `${file} was written to by another run; let one of them finish first`);
        }
        await handle.appendFile(line);
        await handle.sync();
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
    throw new MatineeError('BAD_FILE', `${file}, line ${number} is no JSON; repair or remove it`, { cause });
  }
}
