import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { openCandidateTable } from '@matinee/adapters/duckdb';
import { sha256 } from '@matinee/adapters/files';
import { sortedJson } from '@matinee/models/artifacts';
import type { NamedSource } from '@matinee/models/blend';
import {
  type CandidateRecall,
  type CandidateRow,
  createCandidateFinder,
  fitCandidateSources,
  measureCandidateRecall,
  recallCutoffs,
} from '@matinee/models/candidates';
import type { Dataset } from '@matinee/models/data';
import type { Fold, Split } from '@matinee/models/splits';
import { createRandom, defined } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import { describeEpoch } from '../training/describe-epoch.ts';
import { openStageCache } from '../training/stage-cache.ts';
import { stageCacheOptions } from '../training/stage-cache-options.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { CandidateSide, CandidatesOptions } from './candidates-options.ts';
import { defaultSpec } from './evaluate-models.ts';

/** The record of one side in `recall.json`. It is complete by itself. */
export interface CandidatesRecord {
  readonly side: CandidateSide;
  /** Hash of everything that decides the rows. */
  readonly key: string;
  readonly dataset: { readonly name: string; readonly hash: string };
  readonly protocol: Pick<Split, 'protocol' | 'protocolVersion' | 'config' | 'recallOver' | 'leaks'>;
  readonly generation: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly contributorCount: number;
  readonly contributorDepth: number;
  readonly codeVersion: string;
  readonly createdAt: string;
  /** File names in the folder. */
  readonly files: { readonly candidates: string; readonly queries: string };
  /** The data that the sources were fitted on. Nothing in it is later than `asOf`, in seconds since 1970. */
  readonly training: { readonly interactions: number; readonly asOf: number };
  readonly queryCount: number;
  readonly rowCount: number;
  readonly meanUnionSize: number;
  /** Weights of the blend by source. */
  readonly weights: Readonly<Record<string, number>>;
  readonly resampleCount: number;
  readonly recall: readonly CandidateRecall[];
}

export interface WriteCandidatesContext {
  readonly dataset: Dataset;
  readonly split: Split;
  readonly options: CandidatesOptions;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly codeVersion: string;
  /** Folder of the files. */
  readonly folder: string;
}

/** Queries per part: at most so many are held in memory, and repeated after a run was stopped. */
const QUERIES_PER_PART = 64;

/**
 * Writes the candidate table of one side and measures its recall. A table from equal data, options and code is reused;
 * a run that was stopped continues after its last part.
 *
 * @param known The record of this side in the folder's `recall.json`.
 * @throws {MatineeError} `LEAKING_FOLD` when the sources would be fitted on an answer; `CANCELLED` on Ctrl-C.
 */
export async function writeCandidates(
  side: CandidateSide,
  known: CandidatesRecord | undefined,
  context: WriteCandidatesContext,
): Promise<CandidatesRecord> {
  const { dataset, split, options, workspace, progress, signal, codeVersion, folder } = context;
  const { seed, contributorCount, contributorDepth, n, resampleCount, generation } = options;
  const fold = side === 'val' ? split.validation : split.test;
  const config = { ...defaultSpec(generation, split, options).config, candidatesPerSource: n };
  const files = { candidates: `candidates-${side}.parquet`, queries: `queries-${side}.parquet` };
  const stages = stageCacheOptions(options, split, side === 'val' ? 'validation' : 'test');
  const identity = {
    side,
    codeVersion,
    data: dataset.hash,
    stages,
    generation,
    config,
    contributorCount,
    contributorDepth,
  };
  const key = sha256(Buffer.from(sortedJson(identity)));
  const isThere = Object.values(files).every((name) => existsSync(path.join(folder, name)));
  if (known?.key === key && known.resampleCount === resampleCount && isThere) {
    progress.note(`${files.candidates} is reused, from equal data, options and code`);
    return known;
  }

  const sources = await fitSide(side, fold, config, context, stages);
  const names = sources.map(({ name }) => name);
  const parts = path.join(workspace.home, 'cache', 'candidates');
  const version = codeVersion.slice(0, 16);
  await removeOtherVersions(parts, version);
  const table = await openCandidateTable(path.join(parts, version, key.slice(0, 32)), {
    users: dataset.users,
    items: dataset.items.vocabulary,
    sources: names,
    queries: fold.queries,
    signal,
  });
  try {
    await fillTable(table, side, sources, fold, context);
    const written = await progress.stage(`${side}: write the table`, async ({ summary }) => {
      await mkdir(folder, { recursive: true });
      await table.writeQueries(path.join(folder, files.queries));
      const finished = await table.finish(path.join(folder, files.candidates));
      summary(`${finished.rowCount.toLocaleString('en')} rows in ${path.join(folder, files.candidates)}`);
      return finished;
    });
    const recall = measureCandidateRecall(written.hits, fold.queries, {
      sources: names,
      cutoffs: recallCutoffs(n),
      recallOver: split.recallOver,
      bootstrap: { resampleCount, seed },
    });
    table.discard();
    const { protocol, protocolVersion, config: protocolConfig, recallOver, leaks } = split;
    return {
      side,
      key,
      dataset: { name: dataset.name, hash: dataset.hash },
      protocol: { protocol, protocolVersion, config: protocolConfig, recallOver, leaks },
      generation,
      config,
      seed,
      contributorCount,
      contributorDepth,
      codeVersion,
      createdAt: new Date().toISOString(),
      files,
      training: { interactions: fold.train.count, asOf: fold.trainAsOf },
      queryCount: fold.queries.length,
      rowCount: written.rowCount,
      meanUnionSize: written.meanUnionSize,
      weights: Object.fromEntries(sources.map(({ name, weight }) => [name, weight])),
      resampleCount,
      recall,
    };
  } finally {
    table.close();
  }
}

/** Finds the candidates of all queries that the table does not hold yet, part by part. */
function fillTable(
  table: Awaited<ReturnType<typeof openCandidateTable>>,
  side: CandidateSide,
  sources: readonly NamedSource[],
  fold: Fold,
  { options: { n, contributorCount, contributorDepth }, progress }: WriteCandidatesContext,
): Promise<void> {
  return progress.stage(`${side}: find candidates`, async ({ checkpoint, summary }) => {
    const find = createCandidateFinder(sources, fold, { candidatesPerSource: n, contributorCount, contributorDepth });
    const total = fold.queries.length;
    while (table.partCount * QUERIES_PER_PART < total) {
      const start = table.partCount * QUERIES_PER_PART;
      const rows: CandidateRow[] = [];
      for (let query = start; query < Math.min(total, start + QUERIES_PER_PART); query++) {
        await checkpoint(query, total);
        for (const row of await find(query)) rows.push(row);
      }
      await table.writePart(rows);
    }
    summary(`${total.toLocaleString('en')} queries, ${sources.length} sources, ${n} each`);
  });
}

/** Removes the unfinished parts of other versions of the code, which no run continues. */
async function removeOtherVersions(folder: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (name !== version) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

async function fitSide(
  side: CandidateSide,
  fold: Fold,
  config: Record<string, unknown>,
  { dataset, split, options, workspace, progress }: WriteCandidatesContext,
  stages: object,
): Promise<readonly NamedSource[]> {
  const { users, items } = dataset;
  const world = { userCount: users.ids.length, items, isTimeOrdered: split.leaks.length === 0 };
  return fitCandidateSources(options.generation, fold, world, config, {
    // As in `matinee evaluate`: the test's sources are then the same models, cached once for both commands.
    random: createRandom(options.seed),
    now: () => performance.now(),
    checkpoint: () => Promise.resolve(),
    onProgress(report) {
      if (report.validation !== undefined) progress.note(describeEpoch(report));
    },
    stage: (title, work) => progress.stage(`${side}: ${title}`, work),
    stageCache: await openStageCache(workspace, dataset, stages),
    ...defined({ threadCount: options.threadCount }),
  });
}
