import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type JsonLines, openJsonLines, writeReportFiles } from '@matinee/adapters/files';
import type { Estimate } from '@matinee/models/evaluation';
import type { TrialPlan } from '@matinee/models/tuning';

/** One line of `trials.jsonl`. */
export interface TrialRecord extends TrialPlan {
  readonly status: 'done' | 'failed';
  /** Of models and draws. */
  readonly seed: number;
  /** On validation; absent where the trial failed. */
  readonly metric?: Estimate & { readonly name: string };
  /** All that the trial took, starting the process included. */
  readonly ms: number;
  /** Of the fit and of ranking validation's queries; absent where the trial failed. */
  readonly fitMs?: number;
  readonly rankMs?: number;
  readonly peakMemoryMiB?: number;
  readonly error?: { readonly code: string; readonly message: string };
  /** ISO 8601. */
  readonly finishedAt: string;
}

/** The files of one search. */
export interface TuningStudy {
  readonly folder: string;
  readonly trials: JsonLines<TrialRecord>;
  /** Adds a trial at once; `values`: its metric of each query, for paired comparisons later. */
  add(record: TrialRecord, values: Float64Array | undefined): Promise<void>;
  /** @returns `undefined` where the file is missing or damaged. */
  valuesOf(trial: TrialRecord, queryCount: number): Promise<Float64Array | undefined>;
}

/**
 * Opens a search below `folder`, made if missing: `study.json` (what it is of), `trials.jsonl` (a line a trial) and
 * `values/` (the metric of every query as little-endian float64, a file a trial).
 *
 * @param identity All that makes trials comparable; the caller names the folder after it.
 */
export async function openTuningStudy(folder: string, identity: object): Promise<TuningStudy> {
  await mkdir(folder, { recursive: true });
  await writeReportFiles(folder, { 'study.json': `${JSON.stringify(identity, undefined, 1)}\n` });
  const trials = await openJsonLines<TrialRecord>(path.join(folder, 'trials.jsonl'));
  const nameOf = ({ number }: TrialRecord): string => `${String(number).padStart(5, '0')}.f64`;
  return {
    folder,
    trials,
    async add(record, values) {
      // First: a trial whose line is there has its values.
      if (values !== undefined) {
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        await writeReportFiles(path.join(folder, 'values'), { [nameOf(record)]: bytes });
      }
      await trials.append(record);
    },
    async valuesOf(trial, queryCount) {
      const bytes = await readFile(path.join(folder, 'values', nameOf(trial))).catch(() => undefined);
      if (bytes?.length !== 8 * queryCount) return undefined;
      return new Float64Array(new Uint8Array(bytes).buffer);
    },
  };
}
