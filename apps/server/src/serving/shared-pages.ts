import type { Engine, RecommendInput } from '@matinee/recommender';
import { LRUCache } from 'lru-cache';

/** Different pages in a minute: of regions and degrees of diversity. */
const MOST_PAGES = 32;
const MINUTE_S = 60;

/**
 * Pages that all visitors share of whom nothing is known: each is made once, however many open it at once. A page is of
 * one engine (one release and catalogue), one minute, one state of what everybody has said, and one set of titles that
 * may be seen.
 */
export interface SharedPages<Page> {
  /**
   * Returns the page of this key, made now or by an earlier call. A page that is not to be kept, and one that could not
   * be made, is made again by the next call; calls that wait for it already get it.
   *
   * @param key What the page depends on beside the engine.
   */
  pageFor(engine: Engine, key: PageKey, make: () => Promise<Page>, isKept: (page: Page) => boolean): Promise<Page>;
}

interface PageKey {
  readonly parameters: string;
  /** Request time, seconds since 1970. */
  readonly asOf: number;
  /** Sequence of the last event of anybody that changes the pages of others. */
  readonly throughFeedback: number;
  /** Of the viewer; see `Query.unseeable`. */
  readonly unseeable: Uint8Array;
}

interface Shared<Page> {
  readonly throughFeedback: number;
  readonly unseeable: Uint8Array;
  readonly page: Promise<Page>;
}

export function createSharedPages<Page>(): SharedPages<Page> {
  const ofEngine = new WeakMap<Engine, LRUCache<string, Shared<Page>>>();
  return {
    async pageFor(engine, { parameters, asOf, throughFeedback, unseeable }, make, isKept) {
      const pages = ofEngine.get(engine) ?? new LRUCache<string, Shared<Page>>({ max: MOST_PAGES });
      ofEngine.set(engine, pages);
      const key = `${Math.floor(asOf / MINUTE_S)} ${parameters}`;
      const known = pages.get(key);
      if (known?.throughFeedback === throughFeedback && isSame(known.unseeable, unseeable)) return known.page;
      const made: Shared<Page> = { throughFeedback, unseeable: unseeable.slice(), page: make() };
      pages.set(key, made);
      const forget = (): void => {
        if (pages.peek(key) === made) pages.delete(key);
      };
      try {
        const page = await made.page;
        if (!isKept(page)) forget();
        return page;
      } catch (error) {
        forget();
        throw error;
      }
    },
  };
}

/**
 * Whether a page depends on nothing of the user but what they may see: no history, and no title shown on an earlier
 * day.
 */
export function isOfNobodyKnown({
  userIndex,
  feedback,
  fatigued,
  shownDays,
  failures,
  rules,
}: RecommendInput): boolean {
  return (
    userIndex < 0 &&
    feedback.byItem.size === 0 &&
    (fatigued ?? []).length === 0 &&
    Array.from(shownDays?.values() ?? []).every((days) => days === 0) &&
    (failures ?? []).length === 0 &&
    Object.values(rules ?? {}).every((rule) => (Array.isArray(rule) ? rule.length === 0 : rule === undefined))
  );
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
