import type { components } from './schema.ts';

type ErrorBody = components['schemas']['ErrorResponse'];

/** An answer that says no, with the server's code and sentence. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** HTTP status. */
  readonly status: number;
  /** What is wrong, as a word that does not change: `USER_NOT_FOUND`. See docs/api.md. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What a call of the client resolves to. */
interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * Returns the data of an answer: `const { items } = dataOf(await client.GET('/recommend', …))`.
 *
 * @throws {RequestError} when the server said no.
 */
export function dataOf<Data>({ data, error, response }: Answer<Data>): Data {
  // Some answers have no body, and their data is undefined.
  if (response.ok) return data as Data;
  const { code, message } = (error ?? {}) as Partial<ErrorBody>;
  throw new RequestError(response.status, code ?? 'UNKNOWN', message ?? `the server answered ${response.status}`);
}
