import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ModelArtifact } from '@matinee/models/artifacts';
import { orderByNeighbourhood, type VectorStore, type VectorTable } from '@matinee/models/vectors';
import { MatineeError } from '@matinee/numerics';
import { Index, MetricKind, ScalarKind } from 'usearch';
import { partialName } from '../disk/partial.ts';

export interface GraphConfig {
  /** Links per node on the upper levels (M in the paper); twice as many on the lowest level. */
  readonly connectivity: number;
  /** Candidates for the links of a new node (efConstruction in the paper). */
  readonly expansionAdd: number;
}

/**
 * A graph whose nodes are the vectors of keys. When a key is replaced or removed, its old node stays in the graph for
 * navigation but becomes stale and is left out of results.
 *
 * The library's own removal cannot be used: in version 2.25.3, adding and removing keys fills its key table until keys
 * are no longer found (USearch pull request 769) or a search never ends.
 */
export interface Graph {
  /** Including stale nodes. */
  readonly nodeCount: number;
  add(key: number, vector: Float32Array): void;
  forget(key: number): void;
  /** Returns the keys of at most `count` near nodes, nearest first, without stale nodes. */
  nearest(query: Float32Array, count: number): Int32Array;
  save(scratchFolder: string): ModelArtifact['arrays'];
}

const STALE = -1;
const ONE_THREAD = 1;

/** Builds the graph of a table on one thread, so that equal tables give equal graphs. */
export function buildGraph(table: VectorTable, config: GraphConfig): Graph {
  const { dimension, keys, vectors } = orderByNeighbourhood(table);
  const library = createLibraryIndex(dimension, config);
  if (keys.length > 0) library.add(nodeNumbers(0, keys.length), vectors, ONE_THREAD);
  return createGraph(library, [...keys]);
}

/**
 * Restores a graph from the arrays of `save`.
 *
 * @throws {MatineeError} `BAD_ARTIFACT` when the parts do not fit together or do not fit the store.
 * @remarks The library trusts the links in a graph, so the arrays must be what {@link Graph.save} returned. A caller that
 * reads them from a file makes sure of that.
 */
export function readGraph(
  { arrays }: ModelArtifact,
  store: VectorStore,
  config: GraphConfig,
  scratchFolder: string,
): Graph {
  const { keyOfNode, graph } = arrays;
  if (!(keyOfNode instanceof Int32Array && graph instanceof Uint8Array)) {
    throw new MatineeError(
      'BAD_ARTIFACT',
      'vector-index-hnsw: "keyOfNode" or "graph" is missing; build the index again',
    );
  }
  const library = createLibraryIndex(store.dimension, config);
  withScratchFile(scratchFolder, (file) => {
    writeFileSync(file, graph);
    try {
      library.load(file);
    } catch (cause) {
      throw new MatineeError(
        'BAD_ARTIFACT',
        'vector-index-hnsw: USearch cannot load the graph; build the index again',
        {
          cause,
        },
      );
    }
  });
  const live = keyOfNode.filter((key) => key !== STALE);
  const isComplete = live.length === store.size && new Set(live).size === store.size && live.every(store.has);
  if (!isComplete || library.size() !== keyOfNode.length || library.dimensions() !== store.dimension) {
    throw new MatineeError(
      'BAD_ARTIFACT',
      'vector-index-hnsw: the graph was built from other vectors; build the index again',
    );
  }
  return createGraph(library, [...keyOfNode]);
}

/** @param keyOfNode The key of each node, {@link STALE} for stale nodes. The graph takes ownership of the array. */
function createGraph(library: Index, keyOfNode: number[]): Graph {
  const nodeOfKey = new Map<number, number>();
  keyOfNode.forEach((key, node) => {
    if (key !== STALE) nodeOfKey.set(key, node);
  });
  const forget = (key: number): void => {
    const node = nodeOfKey.get(key);
    if (node === undefined) return;
    keyOfNode[node] = STALE;
    nodeOfKey.delete(key);
  };
  return {
    get nodeCount() {
      return keyOfNode.length;
    },
    add(key, vector) {
      forget(key);
      library.add(nodeNumbers(keyOfNode.length, 1), vector, ONE_THREAD);
      nodeOfKey.set(key, keyOfNode.length);
      keyOfNode.push(key);
    },
    forget,
    nearest(query, count) {
      const { keys: nodes } = library.search(query, count, ONE_THREAD);
      const lowWords = new Uint32Array(nodes.buffer, nodes.byteOffset, 2 * nodes.length);
      const found = new Int32Array(nodes.length);
      let length = 0;
      for (let at = 0; at < lowWords.length; at += 2) {
        const key = keyOfNode[lowWords[at] ?? 0] ?? STALE;
        if (key !== STALE) found[length++] = key;
      }
      return found.subarray(0, length);
    },
    save: (scratchFolder) => ({
      keyOfNode: Int32Array.from(keyOfNode),
      graph: withScratchFile(scratchFolder, (file) => {
        library.save(file);
        return new Uint8Array(readFileSync(file));
      }),
    }),
  };
}

function createLibraryIndex(dimension: number, { connectivity, expansionAdd }: GraphConfig): Index {
  return new Index({
    dimensions: dimension,
    metric: MetricKind.IP,
    // Float16 halves the memory and is faster; final scores are recomputed from float32.
    quantization: ScalarKind.F16,
    connectivity,
    expansion_add: expansionAdd,
    // The library uses the larger of this and the number of requested results, and every search requests all
    // candidates.
    expansion_search: 1,
    multi: false,
  });
}

/** Returns the node numbers `first` … `first + count − 1` as 64-bit integers, without creating a BigInt for each. */
function nodeNumbers(first: number, count: number): BigUint64Array {
  const numbers = new BigUint64Array(count);
  // The low word comes first: the library has no build for big-endian machines.
  const words = new Uint32Array(numbers.buffer);
  for (let node = 0; node < count; node++) words[2 * node] = first + node;
  return numbers;
}

function withScratchFile<Result>(scratchFolder: string, use: (file: string) => Result): Result {
  const folder = path.join(scratchFolder, partialName());
  mkdirSync(folder, { recursive: true });
  try {
    return use(path.join(folder, 'graph.usearch'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
