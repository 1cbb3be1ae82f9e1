/** An answer, as far as it was read. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** What shows the inside of the program; no hostile value that is sent holds any of it. */
const INSIDE = [
  /\n\s+at .+:\d+:\d+/,
  /node_modules/,
  /file:\/\/\//,
  /\.[cm]?[jt]s:\d+:\d+/,
  /SQLITE_/,
  /\/(?:src|dist)\//,
];
const LONGEST_ERROR = 600;

/** Returns what is wrong with an answer; undefined if nothing is. */
export function faultOf({ status, headers, text }: Answer): string | undefined {
  const shown = INSIDE.find((pattern) => pattern.test(text));
  if (shown !== undefined) return `the answer shows the inside of the program: ${shown}`;
  if (status < 400) return undefined;
  if (status >= 500 && status !== 503) return `status ${status}`;
  if (status === 503 && headers['retry-after'] === undefined) return '503 without retry-after';
  // To HEAD.
  if (text === '') return undefined;
  return faultOfError(status, text);
}

function faultOfError(status: number, text: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return `status ${status} whose body is no JSON`;
  }
  const { statusCode, code, message } = body as Readonly<Record<string, unknown>>;
  if (statusCode !== status) return `status ${status} whose body says ${String(statusCode)}`;
  if (typeof code !== 'string' || !/^[A-Z0-9_]+$/.test(code)) return `status ${status} without a code`;
  if (typeof message !== 'string' || message.length < 5) return `status ${status} without a message`;
  if (message.length > LONGEST_ERROR) return `a message of ${message.length} characters`;
  return undefined;
}
