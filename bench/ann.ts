/**
 * Exact search beside HNSW on one thread: seconds to build, load and save, milliseconds a query, recall, memory. They
 * take turns, fifty queries each, so that what else the machine does hits both. Options: `--sizes 1000,100000`,
 * `--queries 500`, `--rounds 3`, `--connectivity`, `--expansion-add`, `--candidates-per-result` (HNSW's defaults
 * otherwise), `--vectors FILE --dimension 64` (little-endian float32 rows, brought to unit length, in place of seeded ones).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createHnswFactory, type HnswOptions } from '@matinee/adapters/usearch';
import { chooseIndexKind, exactIndexFactory, measureRecall, type VectorIndex, type VectorTable } from '@matinee/models';
import { clusteredVectors, unitVector, userQueries } from '../packages/models/src/testing/clustered-vectors.ts';

export const description = 'exact search beside HNSW, 1,000 to 100,000 × 64: build, ms a query, recall, memory';

const DIMENSION = 64;
const SEED = 1;
const RESULTS = 100;
/** Queries in a row: a scan of all vectors before every walk would empty the caches that a walk has in service. */
const TURN = 50;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      sizes: { type: 'string', default: '1000,3706,10000,20000,50000,100000' },
      queries: { type: 'string', default: '500' },
      rounds: { type: 'string', default: '3' },
      connectivity: { type: 'string' },
      'expansion-add': { type: 'string' },
      'candidates-per-result': { type: 'string' },
      vectors: { type: 'string' },
      dimension: { type: 'string', default: String(DIMENSION) },
    },
  });
  const scratchFolder = mkdtempSync(path.join(os.tmpdir(), 'matinee-ann-'));
  const hnsw: HnswOptions = {
    scratchFolder,
    ...(values.connectivity && { connectivity: Number(values.connectivity) }),
    ...(values['expansion-add'] && { expansionAdd: Number(values['expansion-add']) }),
    ...(values['candidates-per-result'] && { candidatesPerResult: Number(values['candidates-per-result']) }),
  };
  const queryCount = Number(values.queries);
  const rounds = Number(values.rounds);
  console.log(
    `${RESULTS} results, ${queryCount} queries × ${rounds} rounds after one to warm up, seed ${SEED}, one thread`,
  );
  try {
    if (values.vectors === undefined) {
      for (const size of values.sizes.split(',')) {
        compare(clusteredVectors(Number(size), DIMENSION, SEED), { hnsw, queryCount, rounds });
      }
    } else {
      compare(readVectors(values.vectors, Number(values.dimension)), { hnsw, queryCount, rounds });
    }
  } finally {
    rmSync(scratchFolder, { recursive: true });
  }
}

interface Plan {
  readonly hnsw: HnswOptions;
  readonly queryCount: number;
  readonly rounds: number;
}

function compare(table: VectorTable, { hnsw, queryCount, rounds }: Plan): void {
  const queries = userQueries(table, queryCount, SEED + 1);
  const factory = createHnswFactory(hnsw);
  const exact = timed(() => exactIndexFactory.build(table));
  const memoryBefore = process.memoryUsage().rss;
  const graph = timed(() => factory.build(table));
  const grownMegabytes = (process.memoryUsage().rss - memoryBefore) / 2 ** 20;
  const saved = timed(() => graph.result.save());
  const loaded = timed(() => factory.load(saved.result, table));

  const exactMs = new Float64Array(queryCount * rounds);
  const graphMs = new Float64Array(queryCount * rounds);
  for (let round = -1; round < rounds; round++) {
    for (let first = 0; first < queryCount; first += TURN) {
      const turn = queries.slice(first, first + TURN);
      const at = round * queryCount + first;
      const exactTook = turn.map((query) => searchMs(exact.result, query));
      const graphTook = turn.map((query) => searchMs(graph.result, query));
      if (round < 0) continue;
      exactMs.set(exactTook, at);
      graphMs.set(graphTook, at);
    }
  }
  const recall = measureRecall(graph.result, exact.result, queries, RESULTS);
  const vectorMegabytes = table.vectors.byteLength / 2 ** 20;
  console.log(
    [
      `${table.keys.length.toLocaleString('en')} × ${table.dimension}, vectors of ${vectorMegabytes.toFixed(1)} MiB; served by default: ${chooseIndexKind(table.keys.length)}`,
      `  exact  build ${exact.seconds.toFixed(2)} s; ${quantiles(exactMs)}`,
      `  hnsw   build ${graph.seconds.toFixed(2)} s; ${quantiles(graphMs)}; recall@${RESULTS} ${recall.toFixed(4)}; ` +
        `memory +${grownMegabytes.toFixed(0)} MiB, vectors included`,
      `         save ${saved.seconds.toFixed(2)} s, ${(saved.result.length / 2 ** 20).toFixed(1)} MiB; load ${loaded.seconds.toFixed(2)} s, ` +
        `recall measured then ${loaded.result.measuredRecall.toFixed(4)}`,
    ].join('\n'),
  );
}

function timed<Result>(make: () => Result): { readonly result: Result; readonly seconds: number } {
  const startedAt = performance.now();
  const result = make();
  return { result, seconds: (performance.now() - startedAt) / 1000 };
}

function searchMs(index: VectorIndex, query: Float32Array): number {
  const startedAt = performance.now();
  index.search(query, RESULTS);
  return performance.now() - startedAt;
}

function quantiles(milliseconds: Float64Array): string {
  const sorted = milliseconds.slice().sort();
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
