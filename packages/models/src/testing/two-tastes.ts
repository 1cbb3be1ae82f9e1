import { createRandom } from '@matinee/numerics';
import type { TrainingData } from '../training/fit-context.ts';
import { worldOf } from './tiny-worlds.ts';

const USERS = 240;
const ITEMS = 60;
const EVENTS_A_USER = 14;

/**
 * A world large enough for a ranker to learn from: every user has one of two tastes, follows a path through its items
 * with detours, and rates items of their taste higher. Users join one after the other, so the last ones give the
 * queries.
 */
export function twoTastes(seed = 1): TrainingData & { readonly ratings: Float32Array } {
  const random = createRandom(seed);
  const events: { user: number; item: number; time: number; rating: number }[] = [];
  for (let user = 0; user < USERS; user++) {
    const taste = user % 2;
    const met = new Set<number>();
    let item = random.integer(ITEMS / 2) * 2 + taste;
    for (let turn = 0; turn < EVENTS_A_USER; turn++) {
      while (met.has(item)) item = (item + 2) % ITEMS;
      met.add(item);
      events.push({
        user,
        item,
        time: 1_600_000_000 + user * 40_000 + turn * 5000 + random.integer(900),
        rating: item % 2 === taste ? 4 + random.integer(2) : 1 + random.integer(3),
      });
      const isDetour = random.next() < 0.25;
      item = isDetour ? random.integer(ITEMS) : (item + 2) % ITEMS;
    }
  }
  events.sort((a, b) => a.time - b.time);
  const genresOfItems = Array.from({ length: ITEMS }, (_, item) => [item % 2 === 0 ? 'Drama' : 'Comedy']);
  const world = worldOf(events, { userCount: USERS, genresOfItems });
  const ratings = Float32Array.from(events, ({ rating }) => rating);
  return { ...world, interactions: { ...world.interactions, ratings }, ratings };
}
