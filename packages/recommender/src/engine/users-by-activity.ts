import type { UserHistories, UserIndex } from '@matinee/models/data';
import type { Engine } from './engine.ts';

/** Histories do not change, and every engine over the same events shares them. */
const known = new WeakMap<UserHistories, readonly UserIndex[]>();

/** Returns the rows of the dataset's users, least active first; sorts them once per histories. */
export function usersByActivity({ histories, userCount }: Engine): readonly UserIndex[] {
  const earlier = known.get(histories);
  if (earlier !== undefined) return earlier;
  const lengths = Int32Array.from({ length: userCount }, (_, user) => histories.of(user).itemIndices.length);
  const users = Array.from(lengths.keys()).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  known.set(histories, users);
  return users;
}
