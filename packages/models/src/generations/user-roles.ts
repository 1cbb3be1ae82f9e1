import type { EvaluationQuery } from '../splits/split.ts';
import type { StageContext } from './stages.ts';

/** What a held-out query is for. */
export type Role = 'teaching' | 'stopping' | 'reporting';
export const ROLES: readonly Role[] = ['teaching', 'stopping', 'reporting'];

/** Folds of users for measuring; every user reports in one of them. */
export const USER_FOLDS: readonly number[] = [0, 1, 2, 3, 4];

/** With fewer reporting users, a generation is measured on all users, fold by fold. */
export const FEW_REPORTING_USERS = 100;
/**
 * Returns the role of a user's queries, so that training and reporting share no user: the same users for every
 * generation of one seed.
 *
 * @param fold In what is served (no fold) a tenth of the users each stop and report. In a fold for measuring a fifth
 * reports and a tenth stops.
 */
export function roleOf(
  { userIndex }: Pick<EvaluationQuery, 'userIndex'>,
  { random }: Pick<StageContext, 'random'>,
  fold?: number,
): Role {
  const tenth = random.fork(`role of user ${userIndex}`).integer(10);
  if (fold === undefined) return tenth === 0 ? 'stopping' : tenth === 1 ? 'reporting' : 'teaching';
  if (Math.floor(tenth / 2) === fold) return 'reporting';
  return tenth === (2 * fold + 2) % 10 ? 'stopping' : 'teaching';
}
