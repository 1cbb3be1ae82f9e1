import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import type { EvaluationQuery } from '../splits/split.ts';
import { ROLES, roleOf, USER_FOLDS } from './user-roles.ts';

const context = { random: createRandom(1) };
const queryOf = (userIndex: number): EvaluationQuery => ({ userIndex }) as EvaluationQuery;
const users = Array.from({ length: 1000 }, (_, user) => queryOf(user));

describe('roleOf', () => {
  it('lets every user report in exactly one fold', () => {
    for (const user of users) {
      expect(USER_FOLDS.filter((fold) => roleOf(user, context, fold) === 'reporting')).toHaveLength(1);
    }
  });

  it('has users of every role in every fold, and in what is served', () => {
    for (const fold of [undefined, ...USER_FOLDS]) {
      const shares = ROLES.map((role) => users.filter((user) => roleOf(user, context, fold) === role).length / 1000);
      const expected = fold === undefined ? [0.8, 0.1, 0.1] : [0.7, 0.1, 0.2];
      for (const [at, share] of shares.entries()) expect(Math.abs(share - (expected[at] ?? 0))).toBeLessThan(0.04);
    }
  });
});
