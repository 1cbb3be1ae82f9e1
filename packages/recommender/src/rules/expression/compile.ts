import type { ItemIndex } from '@matinee/models/data';
import type { MatineeError } from '@matinee/numerics';
import { ATTRIBUTE_NAMES, type Attribute, type ExpressionSubject, findAttribute } from '../../facts/attributes.ts';
import type { Comparator, Condition, Literal } from './parse.ts';
import { expressionError } from './tokens.ts';

/**
 * The value of a condition for an item: 1 true, 0 false, −1 unknown, because an attribute is unknown. `not` of unknown
 * is unknown, so `not maturity > 13` does not admit items of unknown maturity.
 */
type Truth = 1 | 0 | -1;
export type Test = (itemIndex: ItemIndex) => Truth;

/**
 * Compiles a condition to a function of an item. Texts are compared without regard to case.
 *
 * @throws {MatineeError} `BAD_EXPRESSION` with its place, for an unknown attribute, a value of another kind than the
 * attribute's, or a value that no item can have (a genre that the catalogue lacks).
 */
export function compileCondition(subject: ExpressionSubject, condition: Condition, what: string): Test {
  const compile = (part: Condition): Test => compileCondition(subject, part, what);
  switch (condition.kind) {
    case 'and':
      return all(condition.parts.map(compile));
    case 'or':
      return not(all(condition.parts.map(compile).map(not)));
    case 'not':
      return not(compile(condition.part));
    default:
      return compileTerm(requireAttribute(subject, condition, what), condition, what);
  }
}

type Term = Exclude<Condition, { readonly kind: 'and' | 'or' | 'not' }>;

function requireAttribute(subject: ExpressionSubject, { name, at }: Term, what: string): Attribute {
  const attribute = findAttribute(subject, name);
  if (attribute !== undefined) return attribute;
  const own = [...subject.attributeNames].sort().map((column) => `item.${column}`);
  const known = [...ATTRIBUTE_NAMES, ...own.slice(0, 20)].join(', ');
  throw expressionError(what, at, `no attribute is called "${name.slice(0, 40)}"; there are ${known}`);
}

function compileTerm(attribute: Attribute, term: Term, what: string): Test {
  const fail = (problem: string, at = term.at): MatineeError => expressionError(what, at, problem);
  switch (term.kind) {
    case 'flag': {
      if (attribute.kind !== 'flag')
        throw fail(`"${term.name}" needs a comparison, as in: ${exampleOf(term, attribute)}`);
      const { read } = attribute;
      return (item) => (read(item) ? 1 : 0);
    }
    case 'known': {
      const { read } = attribute;
      return (item) => (isKnown(read(item)) === term.isKnown ? 1 : 0);
    }
    case 'contains':
      return contains(attribute, term.text, fail(`"${term.name}" holds no text to look into`));
    case 'compare': {
      const { comparator, value, valueAt } = term;
      const isOrder = comparator !== '=' && comparator !== '!=';
      if (isOrder && typeof value !== 'number') {
        const got = typeof value === 'string' ? 'a text' : String(value);
        throw fail(`"${comparator}" compares numbers; got ${got}`, valueAt);
      }
      const is = equals(attribute, value, (problem) => fail(problem, valueAt));
      if (comparator === '=') return is;
      return comparator === '!=' ? not(is) : inOrder(attribute, comparator, Number(value), fail(orderless(term.name)));
    }
    case 'in':
      return any(term.values.map(({ value, at }) => equals(attribute, value, (problem) => fail(problem, at))));
  }
}

function equals(attribute: Attribute, value: Literal, fail: (problem: string) => MatineeError): Test {
  switch (attribute.kind) {
    case 'flag': {
      if (typeof value !== 'boolean') throw fail('this attribute is true or false, to be compared with one of them');
      const { read } = attribute;
      return (item) => (read(item) === value ? 1 : 0);
    }
    case 'number': {
      if (typeof value !== 'number') throw fail('this attribute is a number, to be compared with one');
      const { read } = attribute;
      return (item) => truthOf(read(item), (held) => held === value);
    }
    case 'text':
    case 'set': {
      if (typeof value !== 'string') throw fail('this attribute is a text, to be compared with one in double quotes');
      const wanted = fold(value);
      const { values } = attribute;
      if (values !== undefined && !values.some((each) => fold(each) === wanted)) {
        const known = values.length === 0 ? 'this catalogue has none' : `there are ${values.slice(0, 40).join(', ')}`;
        throw fail(`no title can have "${value.slice(0, 40)}"; ${known}`);
      }
      return textTest(attribute, (folded) => folded === wanted);
    }
    case 'any': {
      const { read } = attribute;
      if (typeof value === 'number') return (item) => truthOf(numberOf(read(item)), (held) => held === value);
      const wanted = fold(String(value));
      return (item) => truthOf(read(item), (held) => textsOf(held).some((each) => fold(each) === wanted));
    }
  }
}

function inOrder(attribute: Attribute, comparator: Comparator, bound: number, unfit: MatineeError): Test {
  if (attribute.kind !== 'number' && attribute.kind !== 'any') throw unfit;
  const { read } = attribute;
  const isMet = ORDERS[comparator]!;
  return (item) => truthOf(numberOf(read(item)), (held) => isMet(held, bound));
}

const ORDERS: Readonly<Partial<Record<Comparator, (held: number, bound: number) => boolean>>> = {
  '<': (held, bound) => held < bound,
  '<=': (held, bound) => held <= bound,
  '>': (held, bound) => held > bound,
  '>=': (held, bound) => held >= bound,
};

function contains(attribute: Attribute, text: string, unfit: MatineeError): Test {
  if (attribute.kind === 'number' || attribute.kind === 'flag') throw unfit;
  const wanted = fold(text);
  if (attribute.kind !== 'any') return textTest(attribute, (folded) => folded.includes(wanted));
  const { read } = attribute;
  return (item) => truthOf(read(item), (held) => textsOf(held).some((each) => fold(each).includes(wanted)));
}

/** @param isMet Of a text in lower case. */
function textTest(
  attribute: Extract<Attribute, { readonly kind: 'text' | 'set' }>,
  isMet: (folded: string) => boolean,
): Test {
  if (attribute.kind === 'text') {
    const { read, readFolded = (item: ItemIndex) => foldIfKnown(read(item)) } = attribute;
    return (item) => {
      const held = readFolded(item);
      return held === undefined ? -1 : isMet(held) ? 1 : 0;
    };
  }
  const { read, values = [], positionsOf } = attribute;
  if (positionsOf === undefined) return (item) => truthOf(read(item), (held) => held.some((each) => isMet(fold(each))));
  const isWanted = Uint8Array.from(values, (value) => (isMet(fold(value)) ? 1 : 0));
  return (item) => {
    const positions = positionsOf(item);
    if (positions.length === 0) return -1;
    for (let at = 0; at < positions.length; at++) if (isWanted[positions[at]!] === 1) return 1;
    return 0;
  };
}

function foldIfKnown(text: string | undefined): string | undefined {
  return text === undefined ? undefined : fold(text);
}

function truthOf<T>(held: T | undefined | null, isMet: (held: T) => boolean): Truth {
  if (held === undefined || held === null) return -1;
  return isMet(held) ? 1 : 0;
}

function isKnown(held: unknown): boolean {
  return held !== undefined && held !== null && held !== 'unknown';
}

/** Item tables often hold numbers as text; any other text is unknown as a number. */
function numberOf(held: unknown): number | undefined {
  if (typeof held === 'number') return Number.isNaN(held) ? undefined : held;
  if (typeof held === 'bigint') return Number(held);
  if (typeof held !== 'string' || held.trim() === '') return undefined;
  const value = Number(held);
  return Number.isNaN(value) ? undefined : value;
}

function textsOf(held: unknown): readonly string[] {
  return Array.isArray(held) ? held.map(String) : [String(held)];
}

function fold(text: string): string {
  return text.toLowerCase();
}

function not(test: Test): Test {
  return (item) => {
    const truth = test(item);
    return truth < 0 ? -1 : ((1 - truth) as Truth);
  };
}

function all(tests: readonly Test[]): Test {
  return (item) => {
    let truth: Truth = 1;
    for (const test of tests) {
      const part = test(item);
      if (part === 0) return 0;
      if (part < 0) truth = -1;
    }
    return truth;
  };
}

function any(tests: readonly Test[]): Test {
  return not(all(tests.map(not)));
}

function orderless(name: string): string {
  return `"${name}" has no order; compare it with = or !=`;
}

function exampleOf({ name }: Term, { kind }: Attribute): string {
  return kind === 'number' ? `${name} >= 10` : `${name} = "…"`;
}
