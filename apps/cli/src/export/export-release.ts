import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type VectorRow, writeVectors } from '@matinee/adapters/duckdb';
import { partialName, removeDeadPartials } from '@matinee/adapters/files';
import { writeUsearchFile } from '@matinee/adapters/usearch';
import type { NamedSource } from '@matinee/models/blend';
import type { Dataset } from '@matinee/models/data';
import { type Release, vectorsToIndex } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import { createEngine, type Engine, withoutEventsOf } from '@matinee/recommender';
import type { Progress } from '../terminal/progress.ts';
import { makeChecks } from './make-checks.ts';
import { queryOf } from './query-of.ts';

export interface ExportReleaseOptions {
  readonly dataset: Dataset;
  readonly release: Release;
  /** Users of whom nothing is written, since they were deleted. */
  readonly deletedIds?: readonly string[];
  /** Is made, and must not exist. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A file of an export. */
interface ExportedFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** What `export.json` says. */
export interface ExportManifest {
  readonly dataset: { readonly name: string; readonly hash: string };
  readonly version: string;
  readonly release: string;
  /** The moment that vectors of users are for, seconds since 1970. */
  readonly asOf: number;
  readonly sources: readonly ExportedSource[];
  /** Absent where the release has no ranker. */
  readonly ranker?: {
    readonly features: readonly { readonly name: string; readonly meaning: string }[];
    readonly terms: readonly { readonly file: string; readonly output: string; readonly factor: number }[];
  };
  readonly files: Readonly<Record<string, ExportedFile>>;
}

interface ExportedSource {
  readonly name: string;
  readonly family: string;
  /** Weight in the blend. */
  readonly weight: number;
  /**
   * Shape of the vectors of items, [items, width]; absent for a source without vectors, of which nothing is written.
   */
  readonly itemVectors?: readonly [number, number];
  readonly userVectors?: readonly [number, number];
}

/**
 * Writes what was trained for use in other programs: vectors of items and users as Parquet, the networks and trees as
 * ONNX, a graph of each source's vectors, and what each of them answers for a few users. The folder appears complete or
 * not at all.
 *
 * @throws {MatineeError} `FOLDER_EXISTS`; `CANCELLED`; `DUCKDB` when a file cannot be written.
 */
export async function exportRelease(options: ExportReleaseOptions): Promise<ExportManifest> {
  const { folder, dataset, release, progress, deletedIds = [] } = options;
  if ((await stat(folder).catch(() => undefined)) !== undefined) {
    throw new MatineeError('FOLDER_EXISTS', `${folder} is there already; name another folder with --out`);
  }
  const parent = path.dirname(folder);
  await mkdir(parent, { recursive: true });
  await removeDeadPartials(parent);
  const aside = path.join(parent, partialName());
  try {
    await mkdir(aside);
    const engine = createEngine(withoutEventsOf(dataset, deletedIds), release);
    const sources: ExportedSource[] = [];
    for (const source of release.sources) sources.push(await exportSource(source, engine, aside, options));
    await exportGraphs(release, aside, progress);
    const ranker = await exportRanker(release, aside);
    await progress.stage('write what it answers', async () => {
      await writeJson(aside, 'checks.json', await makeChecks(engine, new Set(deletedIds)));
    });
    const manifest: ExportManifest = {
      dataset: { name: dataset.name, hash: dataset.hash },
      version: release.generation,
      release: release.version,
      asOf: release.trainedAsOf,
      sources,
      ...(ranker && { ranker }),
      files: await describeFiles(aside),
    };
    await writeJson(aside, 'export.json', manifest);
    await rename(aside, folder);
    return manifest;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function exportSource(
  { name, weight, model }: NamedSource,
  engine: Engine,
  aside: string,
  { progress, signal, deletedIds = [] }: ExportReleaseOptions,
): Promise<ExportedSource> {
  const exported = { name, family: model.kind, weight };
  const { vectors, encode } = model;
  if (vectors === undefined) return exported;
  const place = path.join(aside, name);
  await mkdir(place);
  for (const [file, bytes] of Object.entries(model.exports?.() ?? {})) {
    // The same vectors are in Parquet.
    if (file.endsWith('.onnx')) await writeFile(path.join(place, file), bytes);
  }
  const { ids } = engine.catalogue.vocabulary;
  return progress.stage(`export ${name}`, async ({ checkpoint, summary }) => {
    const { width, itemIndices, values } = vectors;
    const items = Array.from(itemIndices, (index, row): VectorRow => {
      return { index, id: ids[index] ?? '', vector: values.subarray(row * width, (row + 1) * width) };
    }).filter(({ vector }) => !Number.isNaN(vector[0]));
    const itemCount = await writeVectors(path.join(place, 'item-vectors.parquet'), items, { of: 'item', signal });
    summary(`${itemCount.toLocaleString('en')} items`);
    if (encode === undefined) return { ...exported, itemVectors: [itemCount, width] };
    async function* vectorsOfUsers(): AsyncGenerator<VectorRow> {
      const users = engine.dataset.users.ids;
      const deleted = new Set(deletedIds);
      for (const [index, id] of users.entries()) {
        await checkpoint(index, users.length);
        if (deleted.has(id)) continue;
        const vector = await encode?.(queryOf(engine, index).retrieval);
        if (vector !== undefined) yield { index, id, vector };
      }
    }
    const file = path.join(place, 'user-vectors.parquet');
    const userCount = await writeVectors(file, vectorsOfUsers(), { of: 'user', signal });
    summary(`${itemCount.toLocaleString('en')} items, ${userCount.toLocaleString('en')} users`);
    return { ...exported, itemVectors: [itemCount, width], userVectors: [userCount, width] };
  });
}

async function exportGraphs(release: Release, aside: string, progress: Progress): Promise<void> {
  for (const [name, table] of vectorsToIndex(release, () => 'hnsw')) {
    await progress.stage(`build the graph of ${name}`, async ({ checkpoint }) => {
      await checkpoint(0, 0);
      writeUsearchFile(table, path.join(aside, name, 'items.usearch'));
    });
  }
}

async function exportRanker({ ranking }: Release, aside: string): Promise<ExportManifest['ranker']> {
  if (ranking === undefined) return undefined;
  const { files, terms } = ranking.ranker.exports();
  const place = path.join(aside, 'ranker');
  await mkdir(place);
  for (const [file, bytes] of Object.entries(files)) await writeFile(path.join(place, file), bytes);
  return { features: ranking.schema.features.map(({ name, meaning }) => ({ name, meaning })), terms };
}

async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await writeFile(path.join(folder, name), `${JSON.stringify(value, undefined, 1)}\n`, { flush: true });
}

async function describeFiles(folder: string): Promise<Record<string, ExportedFile>> {
  const files: Record<string, ExportedFile> = {};
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of found.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const digest = createHash('sha256');
    await pipeline(createReadStream(file), digest);
    const { size } = await stat(file);
    files[path.relative(folder, file).split(path.sep).join('/')] = { sha256: digest.digest('hex'), bytes: size };
  }
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}
