/**
 * The error class of the whole project.
 *
 * `code` is stable and machine-readable (`SCREAMING_SNAKE_CASE`). The message names the offending field or file and the
 * fix. Only the HTTP layer maps codes to status numbers.
 */
export class MatineeError extends Error {
  override readonly name = 'MatineeError';
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
