import { readFile } from 'node:fs/promises';
import { MatineeError } from '@matinee/numerics';

/**
 * Reads a JSON file that must hold an object.
 *
 * @param option The option that named the file, for messages.
 * @throws {MatineeError} `NOT_FOUND` or `BAD_CONFIG`, naming the option and the file.
 */
export async function readJsonObject(option: string, file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new MatineeError('NOT_FOUND', `${option} ${file} cannot be read`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MatineeError('BAD_CONFIG', `${option} ${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isObject(value)) throw new MatineeError('BAD_CONFIG', `${option} ${file} must hold an object`);
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
