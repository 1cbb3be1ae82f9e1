import type { ItemIndex } from '@matinee/models/data';

/** Two titles belong together where one person turned to both within so long. */
const SESSION_MS = 4 * 3_600_000;
/** The latest turns to a title that are looked at, and the latest of each person's. */
const MAX_TURNS = 200;
const MAX_TURNS_A_PERSON = 50;

/** A title that the same people turned to, and how many of them. */
export interface CoView {
  readonly itemIndex: ItemIndex;
  readonly userCount: number;
}

/** Who turned to what lately. */
export interface CoViews {
  add(userId: string, itemIndex: ItemIndex, atMs: number): void;
  /** As if it had never been added; nothing where it is not there. */
  remove(userId: string, itemIndex: ItemIndex, atMs: number): void;
  /** What people turned to within a session of turning to this title: most people first, ties by lower index. */
  of(itemIndex: ItemIndex, limit: number): readonly CoView[];
}

/**
 * Keeps the last `capacity` turns of everybody in a ring, chained by title and by person. Pairs are counted when they are
 * asked for: counted in advance they would grow with the square of what a person does, and could not be taken back
 * exactly once the rare ones had been dropped.
 *
 * @remarks About 100 bytes a turn of `capacity`, whatever happens; O(1) a turn, O({@link MAX_TURNS} ·
 * {@link MAX_TURNS_A_PERSON}) a question.
 */
export function createCoViews(capacity = 100_000): CoViews {
  // Turn n stands at n % capacity; a turn below `added - capacity` has been overwritten. Turns are numbered from 1.
  const users = new Array<string>(capacity).fill('');
  const items = new Int32Array(capacity).fill(-1);
  const times = new Float64Array(capacity);
  const earlierOfItem = new Float64Array(capacity);
  const earlierOfUser = new Float64Array(capacity);
  const lastOfItem = new Map<number, number>();
  const lastOfUser = new Map<string, number>();
  let added = 0;

  const isKept = (engagement: number): boolean => engagement > 0 && engagement > added - capacity;

  /** Slots of a chain, latest first, without what was taken back. */
  function* slotsFrom(last: number | undefined, earlier: Float64Array): Generator<number> {
    for (let engagement = last ?? 0; isKept(engagement); engagement = earlier[engagement % capacity]!) {
      if (!Number.isNaN(times[engagement % capacity]!)) yield engagement % capacity;
    }
  }

  /** A chain whose last turn is overwritten has nothing left. */
  function forgetOldest(slot: number): void {
    const engagement = added - capacity;
    if (engagement <= 0) return;
    if (lastOfUser.get(users[slot]!) === engagement) lastOfUser.delete(users[slot]!);
    if (lastOfItem.get(items[slot]!) === engagement) lastOfItem.delete(items[slot]!);
  }

  return {
    add(userId, itemIndex, atMs) {
      added++;
      const slot = added % capacity;
      forgetOldest(slot);
      users[slot] = userId;
      items[slot] = itemIndex;
      times[slot] = atMs;
      earlierOfItem[slot] = lastOfItem.get(itemIndex) ?? 0;
      earlierOfUser[slot] = lastOfUser.get(userId) ?? 0;
      lastOfItem.set(itemIndex, added);
      lastOfUser.set(userId, added);
    },
    remove(userId, itemIndex, atMs) {
      for (const slot of slotsFrom(lastOfUser.get(userId), earlierOfUser)) {
        if (items[slot] !== itemIndex || times[slot] !== atMs) continue;
        // Its place in the chains stays.
        times[slot] = Number.NaN;
        return;
      }
    },
    of(itemIndex, limit) {
      const viewers = new Map<number, Set<string>>();
      for (const slot of first(MAX_TURNS, slotsFrom(lastOfItem.get(itemIndex), earlierOfItem))) {
        const userId = users[slot]!;
        for (const other of first(MAX_TURNS_A_PERSON, slotsFrom(lastOfUser.get(userId), earlierOfUser))) {
          const item = items[other]!;
          if (item === itemIndex || Math.abs(times[other]! - times[slot]!) > SESSION_MS) continue;
          viewers.set(item, (viewers.get(item) ?? new Set()).add(userId));
        }
      }
      return Array.from(viewers, ([item, { size }]) => ({ itemIndex: item, userCount: size }))
        .sort((a, b) => b.userCount - a.userCount || a.itemIndex - b.itemIndex)
        .slice(0, limit);
    },
  };
}

function* first(count: number, slots: Generator<number>): Generator<number> {
  let taken = 0;
  for (const slot of slots) {
    if (taken++ === count) return;
    yield slot;
  }
}
