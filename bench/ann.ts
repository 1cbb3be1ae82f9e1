/**
 * Compares exact search with HNSW on one thread: seconds to build, load and save, milliseconds per query, recall and
 * memory. Exact search runs twice: with the index in plain typed arrays, and as models without an index do it, with one
 * product of all vectors in ONNX Runtime and the top of that. The ways alternate, so that other load on the machine
 * affects all of them. Options: `--sizes 1000,100000`, `--results 100` (a request needs 300), `--queries 500`,
 * `--rounds 3`, `--turn 50` (queries in a row), `--connectivity`, `--expansion-add`, `--candidates-for-100` (default:
 * those of HNSW), `--vectors FILE --dimension 64` (little-endian float32 rows, scaled to unit length, instead of random
 * ones).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createHnswFactory, type HnswOptions } from '@matinee/adapters/usearch';
import { chooseIndexKind, exactIndexFactory, measureRecall, type VectorTable } from '@matinee/models/vectors';
import { topK } from '@matinee/numerics';
import { createGraph, createSession, input, matmul, SERVING_SESSION } from '@matinee/numerics/engine';
import { clusteredVectors, unitVector, userQueries } from '../packages/models/src/testing/clustered-vectors.ts';

export const description = 'exact search beside HNSW, 1,000 to 100,000 × 64: build, ms a query, recall, memory';

const DIMENSION = 64;
const SEED = 1;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      sizes: { type: 'string', default: '1000,3706,10000,20000,50000,100000' },
      results: { type: 'string', default: '100' },
      queries: { type: 'string', default: '500' },
      rounds: { type: 'string', default: '3' },
      // A scan of all vectors before every graph search would empty the caches that the search has when it serves.
      engagement: { type: 'string', default: '50' },
      connectivity: { type: 'string' },
      'expansion-add': { type: 'string' },
      'candidates-for-100': { type: 'string' },
      vectors: { type: 'string' },
      dimension: { type: 'string', default: String(DIMENSION) },
    },
  });
  const scratchFolder = mkdtempSync(path.join(os.tmpdir(), 'matinee-ann-'));
  const hnsw: HnswOptions = {
    scratchFolder,
    ...(values.connectivity && { connectivity: Number(values.connectivity) }),
    ...(values['expansion-add'] && { expansionAdd: Number(values['expansion-add']) }),
    ...(values['candidates-for-100'] && { candidatesFor100: Number(values['candidates-for-100']) }),
  };
  const queryCount = Number(values.queries);
  const rounds = Number(values.rounds);
  const engagement = Number(values.engagement);
  const results = Number(values.results);
  console.log(
    `${results} results, ${queryCount} queries × ${rounds} rounds after one to warm up, ${engagement} in a row, seed ${SEED}, one thread`,
  );
  try {
    if (values.vectors === undefined) {
      for (const size of values.sizes.split(',')) {
        await compare(clusteredVectors(Number(size), DIMENSION, SEED), {
          hnsw,
          results,
          queryCount,
          rounds,
          engagement,
        });
      }
    } else {
      await compare(readVectors(values.vectors, Number(values.dimension)), {
        hnsw,
        results,
        queryCount,
        rounds,
        engagement,
      });
    }
  } finally {
    rmSync(scratchFolder, { recursive: true });
  }
}

interface Plan {
  readonly hnsw: HnswOptions;
  readonly results: number;
  readonly queryCount: number;
  readonly rounds: number;
  /** Number of consecutive queries of one way of searching. */
  readonly engagement: number;
}

async function compare(table: VectorTable, { hnsw, results, queryCount, rounds, engagement }: Plan): Promise<void> {
  const queries = userQueries(table, queryCount, SEED + 1);
  const factory = createHnswFactory(hnsw);
  const exact = timed(() => exactIndexFactory.build(table));
  const memoryBefore = process.memoryUsage().rss;
  const graph = timed(() => factory.build(table));
  const grownMegabytes = (process.memoryUsage().rss - memoryBefore) / 2 ** 20;
  const saved = timed(() => graph.result.save());
  const loaded = timed(() => factory.load(saved.result, table));
  const product = await openProduct(table);
  const ways: readonly Way[] = [
    { name: 'exact', times: [], ask: async (query) => void exact.result.search(query, results) },
    { name: 'product', times: [], ask: async (query) => void topK(await product(query), results) },
    { name: 'hnsw', times: [], ask: async (query) => void graph.result.search(query, results) },
  ];
  for (let round = -1; round < rounds; round++) {
    for (let first = 0; first < queryCount; first += engagement) {
      for (const { ask, times } of ways) {
        for (const query of queries.slice(first, first + engagement)) {
          const startedAt = performance.now();
          await ask(query);
          if (round >= 0) times.push(performance.now() - startedAt);
        }
      }
    }
  }
  const recall = measureRecall(graph.result, exact.result, queries, results);
  const vectorMegabytes = table.vectors.byteLength / 2 ** 20;
  console.log(
    [
      `${table.keys.length.toLocaleString('en')} × ${table.dimension}, vectors of ${vectorMegabytes.toFixed(1)} MiB; served by default: ${chooseIndexKind(table.keys.length)}`,
      ...ways.map(({ name, times }) => `  ${name.padEnd(8)} ${quantiles(times)}`),
      `  exact    build ${exact.seconds.toFixed(2)} s`,
      `  hnsw     build ${graph.seconds.toFixed(2)} s; recall@${results} ${recall.toFixed(4)}; memory +${grownMegabytes.toFixed(0)} MiB, vectors included`,
      `           save ${saved.seconds.toFixed(2)} s, ${(saved.result.length / 2 ** 20).toFixed(1)} MiB; load ${loaded.seconds.toFixed(2)} s, ` +
        `recall measured then ${loaded.result.measuredRecall.toFixed(4)}`,
    ].join('\n'),
  );
}

/** One way of searching. */
interface Way {
  readonly name: string;
  /** Milliseconds. */
  readonly times: number[];
  readonly ask: (query: Float32Array) => Promise<void>;
}

/** The product of a query with every vector, as a model computes it after its encoder. */
async function openProduct({
  dimension,
  keys,
  vectors,
}: VectorTable): Promise<(query: Float32Array) => Promise<Float32Array>> {
  const graph = createGraph();
  const query = input(graph, 'query', [1, dimension]);
  const table = input(graph, 'table', [keys.length, dimension]);
  const session = await createSession(graph, { scores: matmul(query, table, { transposeB: true }) }, SERVING_SESSION);
  return async (values) => (await session.run({ query: values, table: vectors }))['scores'] as Float32Array;
}

function timed<Result>(make: () => Result): { readonly result: Result; readonly seconds: number } {
  const startedAt = performance.now();
  const result = make();
  return { result, seconds: (performance.now() - startedAt) / 1000 };
}

function quantiles(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))].toFixed(3);
  return `ms a query: least ${at(0)}, p50 ${at(0.5)}, p99 ${at(0.99)}`;
}

function readVectors(file: string, dimension: number): VectorTable {
  const bytes = readFileSync(file);
  const count = Math.floor(bytes.length / 4 / dimension);
  const vectors = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const values = Float32Array.from({ length: dimension }, (_, at) => bytes.readFloatLE(4 * (row * dimension + at)));
    vectors.set(unitVector(values), row * dimension);
  }
  return { dimension, keys: Int32Array.from({ length: count }, (_, key) => key), vectors };
}
