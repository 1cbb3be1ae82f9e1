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
  /** An existing folder for temporary files: the library can only save to and load from files. */
  readonly scratchFolder: string;
  /** Candidates of a graph search for 100 results: more raise recall and take longer. Default 200. */
  readonly candidatesFor100?: number;
  /** Recall@100 below which a loaded index is replaced by the exact one. Default 0.95. */
  readonly recallFloor?: number;
}

type HnswSettings = Required<HnswOptions>;

// Measured by `npm run bench -- ann`: recall@100 is above 0.99 for 100,000 vectors of 64 values; see
// docs/decisions/0008-exact-search-or-hnsw.md.
const DEFAULTS = { connectivity: 32, expansionAdd: 500, candidatesFor100: 200, recallFloor: 0.95 };
const FEWEST_CANDIDATES = 64;
/**
 * Lowest number of candidates per result. It matters beyond a few hundred results, where the square root is too low.
 */
const FEWEST_PER_RESULT = 1.25;
/** A graph search is repeated with more candidates if less than this share of the wanted ones is allowed. */
const SUFFICIENT_SHARE = 0.75;
/** A candidate costs graph search as much as this many vectors cost exact search. */
const VECTORS_PER_CANDIDATE = 24;
/** The graph orders by float16 products; this many candidates per result are then ranked by exact products. */
const RANKED_PER_RESULT = 1.25;

const RECALL_SAMPLE = 50;
const RECALL_AT = 100;

/**
 * Creates indices for approximate search in a graph of neighbours (Malkov & Yashunin 2020, "Efficient and robust
 * approximate nearest neighbor search using hierarchical navigable small world graphs", IEEE TPAMI 42(4)). The library
 * USearch builds the graph on one thread, so equal tables give equal graphs. Exact search is used where it is faster:
 * with few vectors, with many results, or if most near vectors are excluded.
 *
 * @remarks Building blocks its thread for about 0.4 ms per vector of 64 values and needs 400 bytes of native memory
 * per vector beside the store.
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
      // Nodes are never removed from the graph. Rebuilding it when most are stale adds a constant cost per insertion.
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
  /** A vector of unit length: the graph calculates in float16, whose largest value is 65,504. */
  readonly query: Float32Array;
  readonly n: number;
  readonly excluded: Uint8Array | undefined;
}

/**
 * Returns at least `n` allowed keys near the query. Returns undefined if exact search is faster or the graph yields too
 * few.
 */
function findAllowed(
  graph: Graph,
  store: VectorStore,
  { candidatesFor100 }: HnswSettings,
  { query, n, excluded }: IndexQuery,
): Int32Array | undefined {
  // With many results most lie well inside the searched region, so the number of candidates for equal recall grows with
  // the square root (measured at 100 and 300 results).
  const wanted = Math.max(FEWEST_CANDIDATES, FEWEST_PER_RESULT * n, candidatesFor100 * Math.sqrt(n / 100));
  let allowedShare = store.size / graph.nodeCount;
  // The first search measures the share of near keys that are allowed; the second uses it.
  for (const sufficient of [SUFFICIENT_SHARE * wanted, n]) {
    const count = Math.ceil(wanted / allowedShare);
    if (!(count * VECTORS_PER_CANDIDATE <= store.size)) return undefined; // also if the graph has no nodes
    const near = graph.nearest(query, count);
    const allowed = excluded === undefined ? near : near.filter((key) => excluded[key] === 0);
    if (allowed.length >= sufficient) return allowed.subarray(0, Math.ceil(n * RANKED_PER_RESULT));
    allowedShare = Math.max(1, allowed.length) / count;
  }
  return undefined;
}

/** Scales the query to unit length, which keeps the order of inner products. A zero vector is returned unchanged. */
function ofUnitLength(query: Float32Array): Float32Array {
  const length = Math.hypot(...query);
  return length === 0 ? query : query.map((value) => value / length);
}

function requireUnitLength(key: number, vector: Float32Array): void {
  const length = Math.hypot(...vector);
  if (Math.abs(length - 1) <= 1e-3) return;
  throw new MatineeError(
    'BAD_VECTOR',
    `the vector of key ${key} has length ${length.toPrecision(4)}; an hnsw index needs vectors of length 1: ` +
      'normalise them, or use the exact index',
  );
}
