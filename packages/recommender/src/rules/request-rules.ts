import type { ItemIndex } from '@matinee/models/data';
import type { Pause } from '@matinee/numerics';
import type { ExpressionSubject } from '../facts/attributes.ts';
import { compileCondition, type Test } from './expression/compile.ts';
import { type Condition, parseBoost, parseFilter } from './expression/parse.ts';
import { expressionError } from './expression/tokens.ts';

/** The rules of one request, as received. */
export interface RequestedRules {
  readonly exclude?: readonly number[];
  readonly filter?: string;
  readonly boost?: string;
}

/** The rules of one request, compiled. */
export interface RequestRules {
  readonly exclude: readonly number[];
  /** Removes items for which it is false or unknown. */
  readonly filter?: Test;
  /** The product of all boost factors that apply to an item: above 1 lifts it, below 1 lowers it. */
  readonly factorOf?: (itemIndex: ItemIndex) => number;
}

export const NO_REQUEST_RULES: RequestRules = { exclude: [] };

/**
 * Compiles the rules of a request.
 *
 * @throws {MatineeError} `BAD_EXPRESSION` with the place and what was expected there.
 */
export function readRequestRules(subject: ExpressionSubject, requested: RequestedRules): RequestRules {
  const { exclude = [], filter, boost } = requested;
  return {
    exclude,
    ...(filter === undefined ? {} : { filter: compileFilter(subject, filter) }),
    ...(boost === undefined ? {} : { factorOf: compileBoost(subject, boost) }),
  };
}

/**
 * Comparisons of one filter with the whole catalogue: its values × the titles. Some 50 ns each, so the longest filter
 * takes a quarter of a second, in slices.
 */
const MAX_COMPARISONS = 5_000_000;

function compileFilter(subject: ExpressionSubject, filter: string): Test {
  const condition = parseFilter(filter);
  const itemCount = subject.catalogue.titles.length;
  const mostTerms = Math.max(1, Math.floor(MAX_COMPARISONS / Math.max(1, itemCount)));
  const terms = countTerms(condition);
  if (terms > mostTerms) {
    const problem = `a filter of ${itemCount} titles compares with at most ${mostTerms} values; this one has ${terms}`;
    throw expressionError('"filter"', 0, problem);
  }
  return compileCondition(subject, condition, '"filter"');
}

/** Counts the values that a condition compares each title with. */
function countTerms(condition: Condition): number {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.reduce((sum, part) => sum + countTerms(part), 0);
    case 'not':
      return countTerms(condition.part);
    case 'in':
      return condition.values.length;
    default:
      return 1;
  }
}

/** So few that a hundred comparisons of each take no more than some milliseconds. */
const ITEMS_PER_STEP = 256;

/**
 * Returns a filter that has been applied to all items already, so that rules only look its results up.
 *
 * @param pause Called between steps of {@link ITEMS_PER_STEP} items.
 */
export async function tabulateFilter(filter: Test, itemCount: number, pause: Pause): Promise<Test> {
  const results = new Int8Array(itemCount);
  for (let item = 0; item < itemCount; item++) {
    if (item % ITEMS_PER_STEP === 0) await pause();
    results[item] = filter(item);
  }
  return (item) => (results[item] ?? 0) as ReturnType<Test>;
}

function compileBoost(subject: ExpressionSubject, boost: string): (itemIndex: ItemIndex) => number {
  const rules = parseBoost(boost).map(({ factor, condition }) => ({
    factor,
    test: condition && compileCondition(subject, condition, '"boost"'),
  }));
  return (item) =>
    rules.reduce(
      (product, { factor, test }) => (test?.(item) === 0 || test?.(item) === -1 ? product : product * factor),
      1,
    );
}
