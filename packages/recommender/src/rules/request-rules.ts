import type { ItemIndex } from '@matinee/models/data';
import type { ExpressionSubject } from '../facts/attributes.ts';
import { compileCondition, type Test } from './expression/compile.ts';
import { parseBoost, parseFilter } from './expression/parse.ts';

/** What one request asks of its answer, as it came. */
export interface RequestedRules {
  readonly exclude?: readonly number[];
  readonly filter?: string;
  readonly boost?: string;
}

/** The same, ready to be asked of titles. */
export interface RequestRules {
  readonly exclude: readonly number[];
  /** Titles of which it is not plainly true are left out. */
  readonly filter?: Test;
  /** By how much a title counts more (above 1) or less, all rules of the boost multiplied. */
  readonly factorOf?: (itemIndex: ItemIndex) => number;
}

export const NO_REQUEST_RULES: RequestRules = { exclude: [] };

/**
 * Reads what a request asks for, before anything is retrieved.
 *
 * @throws {MatineeError} `BAD_EXPRESSION` with the place and what was expected there.
 */
export function readRequestRules(subject: ExpressionSubject, requested: RequestedRules): RequestRules {
  const { exclude = [], filter, boost } = requested;
  return {
    exclude,
    ...(filter === undefined ? {} : { filter: compileCondition(subject, parseFilter(filter), '"filter"') }),
    ...(boost === undefined ? {} : { factorOf: compileBoost(subject, boost) }),
  };
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
