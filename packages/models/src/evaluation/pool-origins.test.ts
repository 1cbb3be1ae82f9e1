import { describe, expect, it } from 'vitest';
import { poolOrigins } from './pool-origins.ts';
import { queryOf } from './testing/worlds.ts';

const config = { resampleCount: 400, seed: 1 };
/** Lists of one item each: the target, item 1, or item 2. */
const listsOf = (users: readonly number[], isHit: (user: number) => boolean) => ({
  rankings: {
    depth: 1,
    itemIndices: Int32Array.from(users, (user) => (isHit(user) ? 1 : 2)),
    lengths: Int32Array.from(users, () => 1),
  },
  queries: users.map((user) => queryOf(user, [[0, 1]], 10, [1])),
});

describe('poolOrigins', () => {
  const users = Array.from({ length: 40 }, (_, user) => user);
  const isHit = (user: number): boolean => user % 4 === 0;

  it('is the mean over the queries of all cuts', () => {
    const { view } = poolOrigins([listsOf([0, 1, 2], () => true), listsOf([3], () => false)], 'targets', config);
    expect([view.queryCount, view.userCount, view.metrics['hr@10'].value]).toEqual([4, 4, 0.75]);
  });

  it('does not take a user who returns for two: equal results after two cuts narrow nothing', () => {
    const once = poolOrigins([listsOf(users, isHit)], 'targets', config).view;
    const twice = poolOrigins([listsOf(users, isHit), listsOf(users, isHit)], 'targets', config).view;
    expect([twice.queryCount, twice.userCount]).toEqual([80, 40]);
    expect(twice.metrics['ndcg@10'].low).toBeCloseTo(once.metrics['ndcg@10'].low, 12);
    expect(twice.metrics['ndcg@10'].high).toBeCloseTo(once.metrics['ndcg@10'].high, 12);
  });
});
