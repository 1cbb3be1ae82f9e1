import { expressionError, type Token, tokenize } from './tokens.ts';

export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type Literal = string | number | boolean;

/** The syntax tree of a filter. `at` is the position of a part in the text, from 0. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'flag'; readonly name: string; readonly at: number }
  | { readonly kind: 'known'; readonly name: string; readonly at: number; readonly isKnown: boolean }
  | {
      readonly kind: 'compare';
      readonly name: string;
      readonly at: number;
      readonly comparator: Comparator;
      readonly value: Literal;
      readonly valueAt: number;
    }
  | {
      readonly kind: 'in';
      readonly name: string;
      readonly at: number;
      readonly values: readonly { readonly value: Literal; readonly at: number }[];
    }
  | {
      readonly kind: 'contains';
      readonly name: string;
      readonly at: number;
      readonly text: string;
    };

/** One rule of a boost: items that meet the condition count `factor` times as much. */
export interface BoostRule {
  readonly factor: number;
  /** Absent: all items. */
  readonly condition?: Condition;
}

/** Deepest nesting of brackets and `not`. */
const MAX_DEPTH = 32;
/** Most comparisons and values of `in` in one expression. */
const MAX_TERMS = 100;
const MAX_BOOST_RULES = 20;
/** Range of a boost's factors. */
const BOOST_FACTORS = { lowest: 0.1, highest: 10 } as const;

const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'known', 'unknown', 'contains', 'if']);
const COMPARATORS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

/**
 * Parses a filter. docs/rules.md has the grammar.
 *
 * @throws {MatineeError} `BAD_EXPRESSION` with the place and what was expected there.
 */
export function parseFilter(source: string, what = '"filter"'): Condition {
  const parser = createParser(tokenize(source, what), what);
  const condition = parser.condition();
  parser.requireEnd('"and", "or" or the end');
  return condition;
}

/**
 * Parses a boost: rules `FACTOR if CONDITION`, separated by `;`.
 *
 * @throws {MatineeError} as {@link parseFilter}.
 */
export function parseBoost(source: string, what = '"boost"'): readonly BoostRule[] {
  const parser = createParser(tokenize(source, what), what);
  const rules = [parser.boostRule()];
  while (parser.take('symbol', ';') !== undefined) {
    if (parser.isAtEnd()) break;
    if (rules.length === MAX_BOOST_RULES) parser.fail(`a boost has at most ${MAX_BOOST_RULES} rules`);
    rules.push(parser.boostRule());
  }
  parser.requireEnd('";" or the end');
  return rules;
}

/** Steps through tokens; the error of an unexpected token names its place. */
function createTokenReader(tokens: readonly Token[], what: string) {
  let position = 0;
  const next = (): Token => tokens[position]!;
  const fail = (problem: string, at = next().at): never => {
    throw expressionError(what, at, problem);
  };
  const expected = (wanted: string): never => fail(`expected ${wanted}; got ${describe(next())}`);
  const isWord = ({ kind, text }: Token, word: string): boolean => kind === 'name' && text.toLowerCase() === word;
  const take = (kind: Token['kind'], text: string): Token | undefined => {
    const token = next();
    const isIt = kind === 'name' ? isWord(token, text) : token.kind === kind && token.text === text;
    return isIt ? tokens[position++] : undefined;
  };
  return { next, fail, expected, take, skip: (): Token => tokens[position++]! };
}

/** Recursive descent over the grammar: one function per rule of it. */
function createParser(tokens: readonly Token[], what: string) {
  const { next, fail, expected, take, skip } = createTokenReader(tokens, what);
  let depth = 0;
  let termCount = 0;

  function nested<T>(read: () => T): T {
    if (++depth > MAX_DEPTH) fail(`brackets and "not" go at most ${MAX_DEPTH} deep`);
    const result = read();
    depth--;
    return result;
  }

  function countTerm(at: number): void {
    if (++termCount > MAX_TERMS) fail(`an expression compares with at most ${MAX_TERMS} values`, at);
  }

  function chain(word: 'and' | 'or', read: () => Condition): Condition {
    const parts = [read()];
    while (take('name', word) !== undefined) parts.push(read());
    return parts.length === 1 ? parts[0]! : { kind: word, parts };
  }

  const condition = (): Condition => chain('or', () => chain('and', unary));

  function unary(): Condition {
    if (take('name', 'not') !== undefined) return { kind: 'not', part: nested(unary) };
    if (take('symbol', '(') === undefined) return comparison();
    const inner = nested(condition);
    if (take('symbol', ')') === undefined) expected('")"');
    return inner;
  }

  function comparison(): Condition {
    const token = next();
    if (token.kind !== 'name' || WORDS.has(token.text.toLowerCase())) expected('an attribute, "not" or "("');
    skip();
    const { text: name, at } = token;
    countTerm(at);
    if (take('name', 'is') !== undefined) {
      const isNegated = take('name', 'not') !== undefined;
      if (take('name', 'known') !== undefined) return { kind: 'known', name, at, isKnown: !isNegated };
      if (take('name', 'unknown') !== undefined) return { kind: 'known', name, at, isKnown: isNegated };
      expected('"known" or "unknown"');
    }
    if (take('name', 'in') !== undefined) return { kind: 'in', name, at, values: valueList() };
    if (take('name', 'contains') !== undefined) {
      const part = next();
      if (part.kind !== 'text') expected('a text in double quotes');
      skip();
      return { kind: 'contains', name, at, text: part.text };
    }
    if (next().kind !== 'symbol' || !COMPARATORS.has(next().text)) return { kind: 'flag', name, at };
    const comparator = skip().text as Comparator;
    const { value, at: valueAt } = literal(`after "${comparator}"`);
    return { kind: 'compare', name, at, comparator, value, valueAt };
  }

  function valueList(): { readonly value: Literal; readonly at: number }[] {
    if (take('symbol', '(') === undefined) expected('"(" after "in"');
    const values = [literal('in the list')];
    while (take('symbol', ',') !== undefined) {
      countTerm(next().at);
      values.push(literal('in the list'));
    }
    if (take('symbol', ')') === undefined) expected('"," or ")"');
    return values;
  }

  function literal(where: string): { readonly value: Literal; readonly at: number } {
    const { kind, text, value, at } = next();
    const word = kind === 'name' ? text.toLowerCase() : '';
    if (word === 'true' || word === 'false') {
      skip();
      return { value: word === 'true', at };
    }
    if (kind !== 'text' && kind !== 'number') expected(`a number or a text in double quotes ${where}`);
    skip();
    return { value: value ?? text, at };
  }

  function boostRule(): BoostRule {
    const { kind, value: factor = 1, at } = next();
    if (kind !== 'number') expected('a factor, as in: 2 if genre = "Comedy"');
    if (factor < BOOST_FACTORS.lowest || factor > BOOST_FACTORS.highest) {
      fail(`a factor lies between ${BOOST_FACTORS.lowest} and ${BOOST_FACTORS.highest}; got ${factor}`, at);
    }
    skip();
    return take('name', 'if') === undefined ? { factor } : { factor, condition: condition() };
  }

  return {
    condition,
    boostRule,
    take,
    fail,
    isAtEnd: () => next().kind === 'end',
    requireEnd(wanted: string): void {
      if (next().kind !== 'end') expected(wanted);
    },
  };
}

function describe({ kind, text }: Token): string {
  if (kind === 'end') return 'the end';
  const shown = text.length > 30 ? `${text.slice(0, 30)}…` : text;
  return kind === 'text' ? `the text "${shown}"` : `"${shown}"`;
}
