import type { ItemIndex } from '@matinee/models/data';
import type { ExpressionSubject } from '../facts/attributes.ts';
import { compileCondition, type Test } from './expression/compile.ts';
import { parseBoost, parseFilter } from './expression/parse.ts';

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
