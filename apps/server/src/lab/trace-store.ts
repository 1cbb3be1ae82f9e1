import type { Card, Explanation } from '@matinee/contract';
import type { SourceCandidates } from '@matinee/models/blend';
import type { ItemIndex, UserIdx } from '@matinee/models/data';
import { defined, MatineeError } from '@matinee/numerics';
import type { Candidate, FoundItems, Section, Trace } from '@matinee/recommender';
import { LRUCache } from 'lru-cache';
import type { ServedEngine } from '../serving/snapshot.ts';

/** One page request with the result of every stage, as it was answered. */
export interface KeptTrace {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Absent for an id that nobody has yet. */
  readonly userIdx?: UserIdx;
  /** What answered. */
  readonly engine: ServedEngine;
  readonly found: KeptItems;
  readonly sections: readonly KeptSection[];
  /** The reasons that were given, by title. */
  readonly whys: ReadonlyMap<ItemIndex, Explanation>;
  readonly trace: Trace;
  /** As they were answered, with the time of the explanations. */
  readonly stagesMs: Trace['stagesMs'];
  /** Titles that were left out of the history. */
  readonly without: readonly number[];
}

/**
 * The arrays of the request as they are, and its candidates without what they hold beside. Features and lists are
 * absent where the candidates were found by an earlier request whose trace has gone.
 */
interface KeptItems extends Pick<FoundItems, 'query' | 'verdicts' | 'pool' | 'features'> {
  readonly found: readonly Pick<SourceCandidates, 'name' | 'weight' | 'items'>[];
  readonly ranked: readonly Pick<Candidate, 'itemIndex' | 'score' | 'boost'>[];
}

interface KeptSection extends Pick<Section, 'id' | 'kind'> {
  readonly placements: readonly { readonly itemIndex: ItemIndex }[];
}

/**
 * Returns what is kept of a page: candidates and places without the functions that explain them, which hold five times
 * as much memory.
 */
export function compactPage(found: FoundItems, sections: readonly Section[]): Pick<KeptTrace, 'found' | 'sections'> {
  const { query, verdicts, pool } = found;
  return {
    found: {
      query,
      verdicts,
      pool,
      ...foundWith(found),
      ranked: found.ranked.map(({ itemIndex, score, boost }) => ({ itemIndex, score, ...defined({ boost }) })),
    },
    sections: sections.map(({ id, kind, placements }) => ({
      id,
      kind,
      placements: placements.map(({ itemIndex }) => ({ itemIndex })),
    })),
  };
}

/** What a request that found a pool had beside it, as long as a trace keeps it. */
interface FoundFirst {
  readonly found: WeakRef<KeptItems['found']>;
  readonly features?: WeakRef<Float32Array>;
}

/** By the reports of the sources, which a request shares with the one that found its candidates. */
const foundFirst = new WeakMap<FoundItems['reports'], FoundFirst>();

/**
 * Returns the lists and features with which the candidates were found: of this request, or of the earlier one that
 * found it.
 */
function foundWith({ reports, features, found }: FoundItems): Pick<KeptItems, 'found' | 'features'> {
  if (found === undefined) {
    const first = foundFirst.get(reports);
    return { found: first?.found.deref() ?? [], ...defined({ features: first?.features?.deref() }) };
  }
  const lists = found.map(({ name, weight, items }) => ({ name, weight, items }));
  foundFirst.set(reports, { found: new WeakRef(lists), ...(features && { features: new WeakRef(features) }) });
  return { found: lists, ...defined({ features }) };
}

/** Returns the reasons on cards, by title. */
export function whysOf(cards: readonly Pick<Card, 'itemIdx' | 'why'>[]): ReadonlyMap<ItemIndex, Explanation> {
  return new Map(cards.flatMap(({ itemIdx, why }) => (why === undefined ? [] : [[itemIdx, why] as const])));
}

/**
 * The traces of the latest page requests by request id: the arrays that the requests computed anyway, so keeping one
 * takes microseconds. A trace that has gone is not made again: the same request would have another answer by now.
 */
export interface TraceStore {
  keep(requestId: string, trace: KeptTrace): void;
  /** @throws {MatineeError} `TRACE_NOT_KEPT` */
  get(requestId: string): KeptTrace;
  /** Returns all, in no order. A page that visitors share is there once for each request. */
  all(): readonly KeptTrace[];
  /** Returns how many there are, their estimated bytes, and the limits. */
  size(): { readonly count: number; readonly bytes: number; readonly maxCount: number; readonly maxBytes: number };
  /** Forgets all, so that they hold no models of a release that is not served any more. */
  clear(): void;
}

export interface TraceLimits {
  readonly maxTraces: number;
  /** Estimated bytes of all. */
  readonly maxBytes: number;
}

const DEFAULT_TRACE_LIMITS: TraceLimits = { maxTraces: 500, maxBytes: 16 * 1024 * 1024 };

/** The oldest go first. */
export function createTraceStore({ maxTraces, maxBytes }: TraceLimits = DEFAULT_TRACE_LIMITS): TraceStore {
  const traces = new LRUCache<string, PackedTrace>({
    max: maxTraces,
    maxSize: maxBytes,
    maxEntrySize: maxBytes,
    sizeCalculation: bytesOf,
  });
  return {
    keep: (requestId, trace) => void traces.set(requestId, pack(trace)),
    get(requestId) {
      // `peek` leaves the order as it is: a trace that is looked at gets no older, and no younger.
      const trace = traces.peek(requestId);
      if (trace !== undefined) return unpack(trace);
      throw new MatineeError(
        'TRACE_NOT_KEPT',
        `the trace of request ${requestId} is not kept: the latest ${maxTraces} are, until another release is served; ` +
          'POST /api/v1/lab/traces makes a new one',
      );
    },
    all: () => Array.from(traces.values(), unpack),
    size: () => ({ count: traces.size, bytes: traces.calculatedSize, maxCount: maxTraces, maxBytes }),
    clear: () => traces.clear(),
  };
}

/** Of an object in a list. */
const OBJECT_BYTES = 100;

/**
 * A trace with its candidates and places in arrays of numbers. Thousands of objects a page would outlive the request,
 * and make the collections of old garbage long (docs/decisions/0017-garbage-of-requests.md).
 */
interface PackedTrace extends Omit<KeptTrace, 'found' | 'sections'> {
  readonly found: Omit<KeptItems, 'ranked'>;
  readonly ranked: { readonly items: Int32Array; readonly scores: Float64Array; readonly boosts?: Float64Array };
  readonly sections: readonly (Omit<KeptSection, 'placements'> & { readonly items: Int32Array })[];
}

function pack({ found: { ranked, ...found }, sections, ...trace }: KeptTrace): PackedTrace {
  const isBoosted = ranked.some(({ boost }) => boost !== undefined);
  return {
    ...trace,
    found,
    ranked: {
      items: Int32Array.from(ranked, ({ itemIndex }) => itemIndex),
      scores: Float64Array.from(ranked, ({ score }) => score),
      ...(isBoosted && { boosts: Float64Array.from(ranked, ({ boost = 0 }) => boost) }),
    },
    sections: sections.map(({ placements, ...section }) => ({
      ...section,
      items: Int32Array.from(placements, ({ itemIndex }) => itemIndex),
    })),
  };
}

function unpack({ found, ranked: { items, scores, boosts }, sections, ...trace }: PackedTrace): KeptTrace {
  const boostOf = (place: number): number | undefined => boosts?.[place] || undefined;
  return {
    ...trace,
    found: {
      ...found,
      ranked: Array.from(items, (itemIndex, place) => ({
        itemIndex,
        score: scores[place]!,
        ...defined({ boost: boostOf(place) }),
      })),
    },
    sections: sections.map(({ items: placed, ...section }) => ({
      ...section,
      placements: Array.from(placed, (itemIndex) => ({ itemIndex })),
    })),
  };
}

function bytesOf({ found, ranked, sections, whys, trace }: PackedTrace): number {
  const { query, verdicts, pool, features, found: lists } = found;
  const arrays = [
    query.unseeable,
    verdicts.codes,
    ...(features === undefined ? [] : [features]),
    pool.itemIndices,
    pool.scores,
    pool.ranks,
    pool.sourceScores,
    pool.contributions,
    ...lists.flatMap(({ items }) => [items.itemIndices, items.scores]),
  ];
  const numbers = 20 * ranked.items.length + sections.reduce((sum, { items }) => sum + items.byteLength, 0);
  const history = query.retrieval.history.itemIndices.length;
  return (
    arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) +
    numbers +
    OBJECT_BYTES * (history + whys.size + trace.moves.length + sections.length + 1)
  );
}
