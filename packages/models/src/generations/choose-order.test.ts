import { createRandom, type Random } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { type Choices, chooseOrder, ORDERS, type Order, type UserWorth } from './choose-order.ts';

type Means = Readonly<Record<Order, number>>;

const TRIALS = 200;
const QUERIES = 3;

/**
 * Users whose orders differ by noise of standard deviation .3 a query, as NDCG@100 of few targets does, around true
 * means.
 */
function usersOf(count: number, means: Means, random: Random): UserWorth[] {
  return Array.from({ length: count }, () => {
    const sumOf = (order: Order): number =>
      Array.from({ length: QUERIES }, () => means[order] + 0.3 * (2 * random.next() - 1) * Math.sqrt(3)).reduce(
        (sum, value) => sum + value,
        0,
      );
    return {
      queryCount: QUERIES,
      ndcg: { ranker: sumOf('ranker'), blend: sumOf('blend'), counted: sumOf('counted'), source: sumOf('source') },
    };
  });
}

/** How often each order is chosen, and how much the choice loses against the truly best one on average. */
function simulate(
  userCount: number,
  { counted = 0, ...rest }: Partial<Means> & Omit<Means, 'counted'>,
  choices: Partial<Choices> = {},
) {
  const { hasRanker = true, hasNetworks = false } = choices;
  const means = { ...rest, counted };
  const random = createRandom(1).fork(`${userCount} ${JSON.stringify(means)}`);
  const counts = { ranker: 0, blend: 0, counted: 0, source: 0 };
  for (let trial = 0; trial < TRIALS; trial++)
    counts[chooseOrder(usersOf(userCount, means, random), { hasRanker, hasNetworks }).order]++;
  const best = Math.max(
    means.blend,
    means.source,
    ...(hasRanker ? [means.ranker] : []),
    ...(hasNetworks ? [means.counted] : []),
  );
  const shareOf = (order: Order): number => counts[order] / TRIALS;
  const loss = best - ORDERS.reduce((sum, each) => sum + shareOf(each) * means[each], 0);
  return { shareOf, loss };
}

const EVERY: Choices = { hasRanker: true, hasNetworks: true };

/** Standard error of a mean difference between two orders. */
const errorOf = (userCount: number): number => (0.3 * Math.sqrt(2)) / Math.sqrt(userCount * QUERIES);

describe('chooseOrder', () => {
  it.each([10, 40, 300])('seldom takes a ranker that is no better than the blend (%i users)', (userCount) => {
    const { shareOf } = simulate(userCount, { ranker: 0.4, blend: 0.4, source: 0 });
    expect(shareOf('ranker')).toBeLessThan(0.24);
    expect(shareOf('blend')).toBeGreaterThan(0.76);
  });

  it.each([10, 40, 300])('leaves out a ranker that is worse, and takes one that is better (%i users)', (userCount) => {
    const gap = 4 * errorOf(userCount);
    expect(simulate(userCount, { ranker: 0.4 - gap, blend: 0.4, source: 0 }).shareOf('ranker')).toBeLessThan(0.02);
    expect(simulate(userCount, { ranker: 0.4 + gap, blend: 0.4, source: 0 }).shareOf('ranker')).toBeGreaterThan(0.98);
  });

  it.each([10, 40, 300])('serves the better one of blend and single source (%i users)', (userCount) => {
    const gap = 3 * errorOf(userCount);
    const shareOf = (order: Order, source: number): number =>
      simulate(userCount, { ranker: 0, blend: 0.4, source }).shareOf(order);
    expect(shareOf('source', 0.4 + gap)).toBeGreaterThan(0.98);
    expect(shareOf('blend', 0.4 - gap)).toBeGreaterThan(0.98);
  });

  it.each([10, 40])('takes networks into the blend where they make it clearly better (%i users)', (userCount) => {
    const gap = 4 * errorOf(userCount);
    const choices = { hasRanker: false, hasNetworks: true };
    const shareOf = (order: Order, blend: number): number =>
      simulate(userCount, { ranker: 0, blend, counted: 0.4, source: 0 }, choices).shareOf(order);
    expect(shareOf('blend', 0.4 + gap)).toBeGreaterThan(0.98);
    expect(shareOf('counted', 0.4 - gap)).toBeGreaterThan(0.98);
  });

  it('loses less than a standard error on average, whatever the truth', () => {
    for (const userCount of [10, 40]) {
      const error = errorOf(userCount);
      for (const ranker of [-3, -1, -0.5, 0, 0.5, 1, 1.5, 3]) {
        for (const source of [-3, -1, -0.5, 0, 0.5, 1, 3]) {
          const means = { ranker: 0.4 + ranker * error, blend: 0.4, source: 0.4 + source * error };
          expect(simulate(userCount, means).loss / error).toBeLessThan(0.75);
        }
      }
    }
  });

  it('lets fewer than five users decide nothing', () => {
    const user: UserWorth = { queryCount: 1, ndcg: { ranker: 1, blend: 0, counted: 0, source: 1 } };
    expect(chooseOrder([user, user, user, user], EVERY).order).toBe('blend');
    expect(chooseOrder([user, user, user, user, user], EVERY).order).toBe('source');
    expect(chooseOrder([], EVERY).order).toBe('blend');
  });

  it('prefers the simpler of two that are equal', () => {
    const user: UserWorth = { queryCount: 1, ndcg: { ranker: 0.5, blend: 0.5, counted: 0.5, source: 0.5 } };
    expect(chooseOrder(new Array<UserWorth>(9).fill(user), EVERY).order).toBe('counted');
  });
});
