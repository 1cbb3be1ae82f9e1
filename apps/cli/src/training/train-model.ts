import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSnapshotFile, sha256, writeReportFiles } from '@matinee/adapters/files';
import { decodeArtifact, sortedJson } from '@matinee/models/artifacts';
import type { Dataset } from '@matinee/models/data';
import { findModelFamily } from '@matinee/models/generations';
import type { RetrievalModel } from '@matinee/models/retrieval';
import type { FitProgress } from '@matinee/models/training';
import { defined, MatineeError } from '@matinee/numerics';
import type { ProtocolOptions } from '../protocol/protocol-options.ts';
import type { Progress } from '../terminal/progress.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { hashRankingCode } from './code-version.ts';
import { describeEpoch } from './describe-epoch.ts';
import { PATIENT_LIMITS, runChild } from './start-child.ts';
import type { TrainModelMessage, TrainModelTask } from './train-model-process.ts';

/** A model to fit and where to save it. */
export interface TrainModelOptions {
  readonly dataset: Dataset;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly model: string;
  /** The settings that differ from the family's defaults. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly options: ProtocolOptions;
  readonly threadCount: number | undefined;
  /** Folder of an earlier model of the same family to continue from. */
  readonly warmStart: string | undefined;
  /** Fit even if an equal model exists. */
  readonly force: boolean;
}

/** A fitted model on disk. */
export interface TrainedModel {
  readonly folder: string;
  readonly record: ModelRecord;
  /** Whether an earlier run trained it. */
  readonly reused: boolean;
}

/** The contents of `model.json`. */
interface ModelRecord {
  readonly model: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly datasetHash: string;
  readonly options: ProtocolOptions;
  readonly codeVersion: string;
  readonly artifactSha256: string;
  readonly fitMs: number;
  readonly peakMemoryMiB: number;
  /** The last report of every epoch; empty for models that are not trained in epochs. */
  readonly epochs: readonly FitProgress[];
}

const ARTIFACT = 'model.bin';
const RECORD = 'model.json';
const ITEM_IDS = 'items.json';

/**
 * Fits one model in a process of its own and saves it: `model.bin` (the artefact), `items.json` (the ids behind its
 * indices), its exports for other runtimes, and last `model.json`. A run that was stopped, even by SIGKILL, continues
 * after its last epoch. An equal model that exists is reused.
 *
 * @throws {MatineeError} `CANCELLED` on Ctrl-C; errors of the fit pass through.
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainedModel> {
  const { dataset, workspace, progress, model } = options;
  const config = { ...findModelFamily(model).defaults, ...options.config };
  const codeVersion = await hashRankingCode();
  const warmStart = options.warmStart === undefined ? undefined : await readWarmStart(options.warmStart);
  const folder = folderOf(workspace, dataset, {
    codeVersion,
    options: options.options,
    model,
    config,
    warmStart: warmStart ? sha256(warmStart.artifact) : null,
  });
  const known = options.force ? undefined : await readRecord(folder);
  if (known !== undefined) return { folder, record: known, reused: true };

  const snapshotFile = path.join(folder, 'training.snapshot');
  const task: TrainModelTask = {
    datasetFolder: path.join(workspace.datasets, dataset.name),
    model,
    config,
    options: options.options,
    snapshotFile,
    ...defined({ threadCount: options.threadCount }),
    ...(warmStart && { warmStart }),
  };
  const snapshots = openSnapshotFile(snapshotFile);
  if (options.force) await snapshots.remove();
  const startedAt = performance.now();
  const fitted = await progress.stage(`fit ${model}`, (stage) => runTask(task, options, stage));
  const record: ModelRecord = {
    model,
    config,
    datasetHash: dataset.hash,
    options: options.options,
    codeVersion,
    artifactSha256: sha256(fitted.artifact),
    fitMs: Math.round(performance.now() - startedAt),
    peakMemoryMiB: fitted.peakMemoryMiB,
    epochs: fitted.epochs,
  };
  await writeReportFiles(folder, {
    [ARTIFACT]: fitted.artifact,
    [ITEM_IDS]: JSON.stringify(fitted.itemIds),
    ...fitted.exports,
    [RECORD]: `${JSON.stringify(record, undefined, 1)}\n`,
  });
  await snapshots.remove();
  return { folder, record, reused: false };
}

/** Everything that decides the bytes of a model, except the data. */
interface ModelIdentity {
  readonly codeVersion: string;
  readonly options: ProtocolOptions;
  readonly model: string;
  /** The complete configuration. */
  readonly config: Readonly<Record<string, unknown>>;
  /** sha256 of the artefact that it continued from. */
  readonly warmStart: string | null;
}

function folderOf(workspace: Workspace, dataset: Dataset, identity: ModelIdentity): string {
  const { protocol, protocolConfig, confidence, filter, seed } = identity.options;
  const options = { protocol, protocolConfig, confidence, filter, seed };
  const key = sha256(Buffer.from(sortedJson({ ...identity, options, data: dataset.hash }))).slice(0, 16);
  return path.join(workspace.models, dataset.name, `${identity.model}-${key}`);
}

/**
 * The model that `matinee train --model` saved for equal data, options, configuration and code, with its fit's time.
 */
export async function findTrainedModel(
  workspace: Workspace,
  dataset: Dataset,
  identity: Omit<ModelIdentity, 'warmStart'>,
): Promise<{ readonly model: RetrievalModel; readonly fitMs: number } | undefined> {
  const folder = folderOf(workspace, dataset, { ...identity, warmStart: null });
  const record = await readRecord(folder);
  if (record === undefined) return undefined;
  const artifact = decodeArtifact(await readFile(path.join(folder, ARTIFACT)));
  return { model: await findModelFamily(identity.model).load(artifact), fitMs: record.fitMs };
}

interface FittedModel {
  readonly artifact: Uint8Array;
  readonly exports: Readonly<Record<string, Uint8Array>>;
  readonly itemIds: readonly string[];
  readonly epochs: readonly FitProgress[];
  readonly peakMemoryMiB: number;
}

type Stage = Parameters<Parameters<Progress['stage']>[1]>[0];

async function runTask(
  task: TrainModelTask,
  { progress, signal }: TrainModelOptions,
  stage: Stage,
): Promise<FittedModel> {
  // The extension is .ts from source and .js from the build.
  const ending = path.extname(new URL(import.meta.url).pathname);
  const file = fileURLToPath(new URL(`./train-model-process${ending}`, import.meta.url));
  const epochs: FitProgress[] = [];
  let peakMemoryMiB = 0;
  let end: FittedModel | Error | undefined;
  const onMessage = (message: TrainModelMessage): void => {
    switch (message.kind) {
      case 'progress':
        stage.update(message.done, message.total, 'examples');
        return;
      case 'report': {
        const { report, memoryMiB } = message;
        peakMemoryMiB = Math.max(peakMemoryMiB, memoryMiB);
        if (report.validation === undefined) return;
        epochs.push(report);
        progress.note(`${describeEpoch(report)} · ${memoryMiB.toLocaleString('en')} MiB`);
        return;
      }
      case 'done': {
        const { artifact, exports, itemIds } = message;
        end = { artifact, exports, itemIds, epochs, peakMemoryMiB };
        return;
      }
      case 'failed':
        end = asError(message);
    }
  };
  const failure = await runChild({ file, task, onMessage, signal, serialization: 'advanced', limits: PATIENT_LIMITS });
  if (signal.aborted) throw new MatineeError('CANCELLED', `stopped while fitting ${task.model}`);
  if (end instanceof Error) throw end;
  if (end !== undefined) return end;
  const reason = failure?.message ?? 'the training process ended without a model';
  throw new MatineeError('TRAINING_ENDED', `${reason}; run it again to continue`);
}

function asError({ code, message, stack }: Extract<TrainModelMessage, { kind: 'failed' }>): Error {
  if (code !== 'UNEXPECTED') return new MatineeError(code, message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** The record of a model; `undefined` when there is none or its artefact is damaged. */
async function readRecord(folder: string): Promise<ModelRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(path.join(folder, RECORD), 'utf8')) as ModelRecord;
    return sha256(await readFile(path.join(folder, ARTIFACT))) === record.artifactSha256 ? record : undefined;
  } catch {
    return undefined; // missing and damaged are the same: the model is fitted again
  }
}

/** @throws {MatineeError} `NOT_FOUND` when the folder holds no model. */
async function readWarmStart(folder: string): Promise<{ artifact: Uint8Array; itemIds: readonly string[] }> {
  try {
    return {
      artifact: await readFile(path.join(folder, ARTIFACT)),
      itemIds: JSON.parse(await readFile(path.join(folder, ITEM_IDS), 'utf8')) as string[],
    };
  } catch (cause) {
    throw new MatineeError('NOT_FOUND', `--from ${folder} holds no trained model (${ARTIFACT} and ${ITEM_IDS})`, {
      cause,
    });
  }
}
