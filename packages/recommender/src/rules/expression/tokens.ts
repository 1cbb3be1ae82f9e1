import { MatineeError } from '@matinee/numerics';

type TokenKind = 'name' | 'number' | 'text' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** A name in lower case, a symbol as it is, a text without its quotes. */
  readonly text: string;
  /** With `number`. */
  readonly value?: number;
  /** Position of its first character, from 0. */
  readonly at: number;
}

/** Longest expression, in characters: enough for a page of conditions. */
export const MAX_EXPRESSION_LENGTH = 1000;

/** Names the place of the error, counted from 1 as editors do. */
export function expressionError(what: string, at: number, problem: string): MatineeError {
  return new MatineeError('BAD_EXPRESSION', `${what}, character ${at + 1}: ${problem}`);
}

const BLANK = /\s+/y;
const NUMBER = /-?\d+(?:\.\d+)?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*/y;
const TEXT = /"((?:[^"\\]|\\["\\])*)"/y;
const SYMBOL = /<=|>=|!=|[=<>(),;]/y;

/**
 * Splits an expression into tokens, in one pass with anchored patterns: linear time.
 *
 * @param what Name of the expression in errors: `"filter"`.
 * @throws {MatineeError} `BAD_EXPRESSION` with the place of the first character that starts no token.
 */
export function tokenize(source: string, what: string): readonly Token[] {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    const problem = `an expression has at most ${MAX_EXPRESSION_LENGTH} characters; this one has ${source.length}`;
    throw expressionError(what, MAX_EXPRESSION_LENGTH, problem);
  }
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  while (at < source.length) {
    const blank = match(BLANK);
    if (blank !== null) {
      at += blank[0].length;
      continue;
    }
    const token = readToken(match, at);
    if (token === undefined) {
      const problem = source[at] === '"' ? 'this text has no closing quote' : `"${source[at]}" means nothing here`;
      throw expressionError(what, at, problem);
    }
    tokens.push(token.token);
    at += token.length;
  }
  return [...tokens, { kind: 'end', text: '', at: source.length }];
}

function readToken(
  match: (pattern: RegExp) => RegExpExecArray | null,
  at: number,
): { readonly token: Token; readonly length: number } | undefined {
  const number = match(NUMBER)?.[0];
  if (number !== undefined) {
    return { token: { kind: 'number', text: number, value: Number(number), at }, length: number.length };
  }
  const name = match(NAME)?.[0];
  if (name !== undefined) return { token: { kind: 'name', text: name, at }, length: name.length };
  const text = match(TEXT);
  if (text !== null) {
    return { token: { kind: 'text', text: text[1]!.replaceAll(/\\(["\\])/g, '$1'), at }, length: text[0].length };
  }
  const symbol = match(SYMBOL)?.[0];
  return symbol === undefined ? undefined : { token: { kind: 'symbol', text: symbol, at }, length: symbol.length };
}
