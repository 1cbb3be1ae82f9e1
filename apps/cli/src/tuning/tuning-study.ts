import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type JsonLines, openJsonLines, writeReportFiles } from '@matinee/adapters/files';
import type { Estimate } from '@matinee/models/evaluation';
import type { TrialPlan } from '@matinee/models/tuning';

/** One line of `trials.jsonl`. */
export interface TrialRecord extends TrialPlan {
  readonly status: 'done' | 'failed';
  /** Random seed. */
  readonly seed: number;
  /** The metric on validation; absent when the trial failed. */
  readonly metric?: Estimate & { readonly name: string };
  /** Duration of the trial in milliseconds, including the start of its process. */
  readonly ms: number;
  /** Milliseconds of the fit and of ranking validation's queries; absent when the trial failed. */
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
  /** Saves a trial. `values` holds its metric of each query, for paired comparisons later. */
  add(record: TrialRecord, values: Float64Array | undefined): Promise<void>;
  /** @returns `undefined` when the file is missing or damaged. */
  valuesOf(trial: TrialRecord, queryCount: number): Promise<Float64Array | undefined>;
}

/**
 * Opens a search in `folder`, which is created if missing: `study.json` (its identity), `trials.jsonl` (one line per
 * trial) and `values/` (the metric of every query as little-endian float64, one file per trial).
 *
 * @param identity Everything that makes trials comparable; the caller names the folder after it.
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
      // Written first, so that every recorded trial has its values.
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
