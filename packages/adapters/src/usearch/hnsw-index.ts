import {
  createExactIndex,
  createVectorStore,
  decodeVectorIndex,
  encodeVectorIndex,
  measureRecall,
  rankExactly,
  requireVector,
  sampleVectors,
  searchExactly,
  type VectorIndex,
  type VectorIndexFactory,
  type VectorStore,
} from '@matinee/models/vectors';
import { MatineeError } from '@matinee/numerics';
import { buildGraph, type Graph, type GraphConfig, readGraph } from './graph.ts';

export interface HnswOptions extends Partial<GraphConfig> {
  /** An existing folder: the library saves to and loads from files only, which live here for the time of one call. */
  readonly scratchFolder: string;
  /** Candidates that the walk through the graph keeps where 100 results are asked for: recall against time. Default 200. */
  readonly candidatesFor100?: number;
  /** At load: an index that finds a smaller share of the true 100 best is replaced by the exact one. Default 0.95. */
  readonly recallFloor?: number;
}

type HnswSettings = Required<HnswOptions>;

// By `npm run bench -- ann`: recall@100 above .99 at 100,000 × 64; see docs/decisions/0008-exact-search-or-hnsw.md.
const DEFAULTS = { connectivity: 32, expansionAdd: 500, candidatesFor100: 200, recallFloor: 0.95 };
const FEWEST_CANDIDATES = 64;
/** Beyond some hundred results, where the square root would be too few. */
const FEWEST_PER_RESULT = 1.25;
/** A walk is repeated with more candidates when less than this share of the wanted ones is allowed. */
const SUFFICIENT_SHARE = 0.75;
/** A candidate costs the walk as much as this many vectors cost exact search. */
const VECTORS_PER_CANDIDATE = 24;
/** The graph orders by float16 products; this many times the results asked for are then ranked by exact ones. */
const RANKED_PER_RESULT = 1.25;

const RECALL_SAMPLE = 50;
const RECALL_AT = 100;

/**
 * Approximate search by a graph of neighbours (Malkov & Yashunin 2020, "Efficient and robust approximate nearest
 * neighbor search using hierarchical navigable small world graphs", IEEE TPAMI 42(4)), built by the library USearch on
 * one thread: equal tables give equal graphs. It answers from the graph where that is the shorter way, and by exact
 * search where few vectors are held, many results are asked for, or most of what is near is excluded.
 *
 * @remarks Building blocks for about 0.4 ms a vector of 64 values; 400 bytes a vector of native memory beside the store.
 */
export function createHnswFactory(options: HnswOptions): VectorIndexFactory {
  const settings: HnswSettings = { ...DEFAULTS, ...options };
  return {
    kind: 'hnsw',
    build(table) {
      const store = createVectorStore(table);
      table.keys.forEach((key, row) => {
        requireUnitLength(key, table.vectors.subarray(row * table.dimension, (row + 1) * table.dimension));
      });
      return createHnswIndex(store, buildGraph(table, settings), settings);
    },
    load(bytes, table) {
      const store = createVectorStore(table);
      const graph = readGraph(decodeVectorIndex('hnsw', bytes, store), store, settings, settings.scratchFolder);
      const index = createHnswIndex(store, graph, settings);
      const exact = createExactIndex(store);
      const measuredRecall = measureRecall(index, exact, sampleVectors(table, RECALL_SAMPLE), RECALL_AT);
      return { index: measuredRecall < settings.recallFloor ? exact : index, measuredRecall };
    },
  };
}

function createHnswIndex(store: VectorStore, built: Graph, settings: HnswSettings): VectorIndex {
  let graph = built;
  return {
    kind: 'hnsw',
    dimension: store.dimension,
    get size() {
      return store.size;
    },
    has: store.has,
    search(query, n, excluded) {
      requireVector('the query', query, store.dimension);
      const near = findAllowed(graph, store, settings, { query: ofUnitLength(query), n, excluded });
      return near === undefined ? searchExactly(store, query, n, excluded) : rankExactly(store, query, n, near);
    },
    insert(key, vector) {
      requireVector(`the vector of key ${key}`, vector, store.dimension);
      requireUnitLength(key, vector);
      store.set(key, vector);
      // Nodes are never taken out of the graph. Rebuilt when most are stale, it costs each insertion a constant more.
      if (graph.nodeCount > 2 * store.size + 1000) graph = buildGraph(store.toTable(), settings);
      else graph.add(key, vector);
    },
    remove(key) {
      graph.forget(key);
      return store.delete(key);
    },
    save: () => encodeVectorIndex('hnsw', store, graph.save(settings.scratchFolder)),
  };
}

interface IndexQuery {
  /** Of unit length: the graph calculates in float16, which ends at 65,504. */
  readonly query: Float32Array;
  readonly n: number;
  readonly excluded: Uint8Array | undefined;
}

/**
 * At least `n` allowed keys near the query; undefined where exact search is quicker or the graph does not yield as many.
 */
function findAllowed(
  graph: Graph,
  store: VectorStore,
  { candidatesFor100 }: HnswSettings,
  { query, n, excluded }: IndexQuery,
): Int32Array | undefined {
  // Of many results most lie deep inside what the walk has seen: for equal recall at 100 and 300 it grows with the square root.
  const wanted = Math.max(FEWEST_CANDIDATES, FEWEST_PER_RESULT * n, candidatesFor100 * Math.sqrt(n / 100));
  let allowedShare = store.size / graph.nodeCount;
  // The first walk tells how much of what is near is allowed; the second takes that into account.
  for (const sufficient of [SUFFICIENT_SHARE * wanted, n]) {
    const count = Math.ceil(wanted / allowedShare);
    if (!(count * VECTORS_PER_CANDIDATE <= store.size)) return undefined; // nor when there is no node at all
    const near = graph.nearest(query, count);
    const allowed = excluded === undefined ? near : near.filter((key) => excluded[key] === 0);
    if (allowed.length >= sufficient) return allowed.subarray(0, Math.ceil(n * RANKED_PER_RESULT));
    allowedShare = Math.max(1, allowed.length) / count;
  }
  return undefined;
}

/** The order of inner products does not depend on the length of the query. All zeros stay as they are. */
function ofUnitLength(query: Float32Array): Float32Array {
  const length = Math.hypot(...query);
  return length === 0 ? query : query.map((value) => value / length);
}

function requireUnitLength(key: number, vector: Float32Array): void {
  const length = Math.hypot(...vector);
  if (Math.abs(length - 1) <= 1e-3) return;
  throw new MatineeError(
    'BAD_VECTOR',
    `the vector of key ${key} has length ${length.toPrecision(4)}; an hnsw index takes vectors of length 1: ` +
      'normalise them, or use the exact index',
  );
}
