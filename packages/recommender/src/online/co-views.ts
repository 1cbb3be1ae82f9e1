import type { ItemIndex } from '@matinee/models/data';

/** Two items belong together if one user engaged with both within this time. */
const SESSION_MS = 4 * 3_600_000;
/** Engagements read per query: the latest with the item, and the latest of each user who made them. */
const MAX_ENGAGEMENTS = 200;
const MAX_ENGAGEMENTS_PER_USER = 50;

/** One engagement that is remembered. */
export interface Engagement {
  readonly userId: string;
  readonly itemIndex: ItemIndex;
  readonly atMs: number;
}

/** An item that the same users engaged with, and how many of them did. */
export interface CoView {
  readonly itemIndex: ItemIndex;
  readonly userCount: number;
}

/** Recent engagements by item and by user. */
export interface CoViews {
  add(userId: string, itemIndex: ItemIndex, atMs: number): void;
  /** Undoes `add`; does nothing if the engagement is not stored. */
  remove(userId: string, itemIndex: ItemIndex, atMs: number): void;
  /** Items engaged with in the same session as this one: most users first, ties by lower index. */
  of(itemIndex: ItemIndex, limit: number): readonly CoView[];
  /** The engagements that are remembered, earliest first. */
  engagements(): IterableIterator<Engagement>;
}

/**
 * Counts co-views over the last `capacity` engagements of all users. Pairs are counted per query: counted in advance
 * they would grow with the square of a user's engagements, and could not be undone exactly once rare pairs were
 * dropped.
 *
 * @remarks About 100 bytes per engagement of `capacity`; O(1) per `add`, O({@link MAX_ENGAGEMENTS} ·
 * {@link MAX_ENGAGEMENTS_PER_USER}) per query.
 */
export function createCoViews(capacity = 100_000): CoViews {
  const ring = createEngagementRing(capacity);
  const { users, items, times } = ring;
  return {
    add: ring.add,
    engagements: ring.engagements,
    remove(userId, itemIndex, atMs) {
      for (const slot of ring.slotsOfUser(userId)) {
        if (items[slot] !== itemIndex || times[slot] !== atMs) continue;
        // Its place in the chains stays.
        times[slot] = Number.NaN;
        return;
      }
    },
    of(itemIndex, limit) {
      const viewers = new Map<number, Set<string>>();
      for (const slot of first(MAX_ENGAGEMENTS, ring.slotsOfItem(itemIndex))) {
        const userId = users[slot]!;
        for (const other of first(MAX_ENGAGEMENTS_PER_USER, ring.slotsOfUser(userId))) {
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

/** The last `capacity` engagements as columns, chained by item and by user. A time of NaN marks a removed engagement. */
function createEngagementRing(capacity: number) {
  // Engagements are numbered from 1; number n is in slot n % capacity, until number n + capacity overwrites it.
  const users = new Array<string>(capacity).fill('');
  const items = new Int32Array(capacity).fill(-1);
  const times = new Float64Array(capacity);
  const earlierOfItem = new Float64Array(capacity);
  const earlierOfUser = new Float64Array(capacity);
  const lastOfItem = new Map<number, number>();
  const lastOfUser = new Map<string, number>();
  let added = 0;

  const isStored = (engagement: number): boolean => engagement > 0 && engagement > added - capacity;

  /** Slots of a chain, latest first, without removed engagements. */
  function* slotsFrom(last: number | undefined, earlier: Float64Array): Generator<number> {
    for (let engagement = last ?? 0; isStored(engagement); engagement = earlier[engagement % capacity]!) {
      if (!Number.isNaN(times[engagement % capacity]!)) yield engagement % capacity;
    }
  }

  /** A chain whose last engagement is overwritten is empty. */
  function forgetOldest(slot: number): void {
    const engagement = added - capacity;
    if (engagement <= 0) return;
    if (lastOfUser.get(users[slot]!) === engagement) lastOfUser.delete(users[slot]!);
    if (lastOfItem.get(items[slot]!) === engagement) lastOfItem.delete(items[slot]!);
  }

  return {
    users,
    items,
    times,
    *engagements(): Generator<Engagement> {
      for (let engagement = Math.max(1, added - capacity + 1); engagement <= added; engagement++) {
        const slot = engagement % capacity;
        if (Number.isNaN(times[slot]!)) continue;
        yield { userId: users[slot]!, itemIndex: items[slot]!, atMs: times[slot]! };
      }
    },
    slotsOfItem: (itemIndex: ItemIndex) => slotsFrom(lastOfItem.get(itemIndex), earlierOfItem),
    slotsOfUser: (userId: string) => slotsFrom(lastOfUser.get(userId), earlierOfUser),
    add(userId: string, itemIndex: ItemIndex, atMs: number): void {
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
  };
}

function* first(count: number, slots: Generator<number>): Generator<number> {
  let taken = 0;
  for (const slot of slots) {
    if (taken++ === count) return;
    yield slot;
  }
}
