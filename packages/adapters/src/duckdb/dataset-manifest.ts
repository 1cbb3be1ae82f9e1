import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';

/** Raised when the meaning of the prepared files changes; data prepared by another format is prepared anew. */
export const DATASET_FORMAT = 2;

export const DATASET_FILES = { events: 'events.parquet', users: 'users.parquet', items: 'items.parquet' } as const;
export const MANIFEST_FILE = 'manifest.json';
export const FACTS_FILE = 'film-facts.jsonl';
export const QUARANTINE_FILE = 'quarantine.jsonl';

/** What `matinee data validate` reports, and the manifest keeps. */
export interface ValidationReport {
  readonly events: {
    /** Rows of the source that are not blank: kept + quarantined. */
    readonly rowsRead: number;
    readonly rowsKept: number;
    readonly rowsQuarantined: number;
    /** Rows that repeat user, item, time and type of an earlier one. Kept: only the owner knows whether they are real. */
    readonly duplicates: number;
    /** Events at the same second as the event before of the same user: their order is the order of the file. */
    readonly tiesInTime: number;
    /** Lowest and highest value; null where no event has one. */
    readonly valueRange: readonly [number, number] | null;
    /** ISO 8601; null for an empty log. */
    readonly timeRange: readonly [string, string] | null;
  };
  readonly items: {
    readonly rowsRead: number;
    readonly rowsKept: number;
    readonly rowsQuarantined: number;
    readonly withoutTitle: number;
    readonly withoutGenres: number;
    /** Items of events that the catalogue lacks (kept, untitled), and the events that mention them. */
    readonly orphans: number;
    readonly orphanEvents: number;
    /** Items of the catalogue that no event mentions. */
    readonly unused: number;
  };
  /** Quarantined rows by reason, the quoted values left out. */
  readonly quarantineReasons: Readonly<Record<string, number>>;
}

export interface DatasetManifest {
  readonly format: number;
  readonly name: string;
  /** sha256 over the content (ids, titles, events …), not over the files' bytes. */
  readonly hash: string;
  readonly counts: { readonly users: number; readonly items: number; readonly events: number };
  /** What it was made from. `fingerprint` covers the files and how they were read. */
  readonly source: {
    readonly kind: string;
    readonly fingerprint: string;
    readonly files: readonly { readonly name: string; readonly sizeBytes: number; readonly sha256: string }[];
    readonly config: Readonly<Record<string, unknown>>;
  };
  readonly validation: ValidationReport;
  /**
   * The titles of which the source says something to the rules: how many, and the sha256 of their file. Not part of
   * `hash`: a licence that ends does not ask for a new training.
   */
  readonly facts?: { readonly count: number; readonly sha256: string };
}

/** @returns `undefined` where there is no prepared data of this format. */
export function readManifest(folder: string): DatasetManifest | undefined {
  const file = path.join(folder, MANIFEST_FILE);
  if (!existsSync(file)) return undefined;
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as DatasetManifest;
    return manifest.format === DATASET_FORMAT ? manifest : undefined;
  } catch (cause) {
    throw new MatineeError('BAD_DATASET', `${file} is not readable; delete ${folder} and prepare again`, { cause });
  }
}
