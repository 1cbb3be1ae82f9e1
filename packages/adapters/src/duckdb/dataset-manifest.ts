import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';

/** Increased when the meaning of the prepared files changes; data of another format is prepared again. */
export const DATASET_FORMAT = 3;

export const DATASET_FILES = { events: 'events.parquet', users: 'users.parquet', items: 'items.parquet' } as const;
export const MANIFEST_FILE = 'manifest.json';
export const FACTS_FILE = 'film-facts.jsonl';
export const QUARANTINE_FILE = 'quarantine.jsonl';
export const REMARKS_FILE = 'remarks.jsonl';

/** The report of `matinee data validate`, stored in the manifest. */
export interface ValidationReport {
  readonly events: {
    /** Non-blank rows of the source: kept + quarantined + left out. */
    readonly rowsRead: number;
    readonly rowsKept: number;
    readonly rowsQuarantined: number;
    /** Good rows that the mapping leaves out: by their event type, and as repeats. */
    readonly rowsLeftOut: { readonly byType: number; readonly repeats: number };
    /** Rows with user, item, time and type of an earlier row. They are kept, since they may be real. */
    readonly duplicates: number;
    /** Events in the same second as an earlier event of the same user; histories order them by a hash. */
    readonly tiesInTime: number;
    /** Lowest and highest value; null if no event has a value. */
    readonly valueRange: readonly [number, number] | null;
    /** First and last time in ISO 8601; null if the source has no times. */
    readonly timeRange: readonly [string, string] | null;
  };
  readonly items: {
    readonly rowsRead: number;
    readonly rowsKept: number;
    readonly rowsQuarantined: number;
    readonly withoutTitle: number;
    readonly withoutGenres: number;
    readonly withoutYear: number;
    /** Items of events that the catalogue has. */
    readonly joined: number;
    /** Items of events that the catalogue lacks (kept, without a title), and the number of their events. */
    readonly orphans: number;
    readonly orphanEvents: number;
    /** Items of the catalogue without events. */
    readonly unused: number;
  };
  /** Number of quarantined rows by reason; quoted values are left out of the reasons. */
  readonly quarantineReasons: Readonly<Record<string, number>>;
  /** Number of cells of kept rows that could not be read and count as empty, by reason. */
  readonly remarks: Readonly<Record<string, number>>;
  /** A sentence for each thing that was read without an error and is probably not meant so. */
  readonly warnings: readonly string[];
}

/** A file that joined a prepared data set. */
export interface AppendedFile {
  readonly table: 'events' | 'items';
  /** The folder from which it was read, as an absolute path. */
  readonly folder: string;
  /** Its path in that folder. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Of what a packed file holds. */
  readonly unpackedSha256?: string;
}

export interface DatasetManifest {
  readonly format: number;
  readonly name: string;
  /** sha256 over the content that models learn from (ids, titles, events …), not over the bytes of the files. */
  readonly hash: string;
  /** sha256 over the content that no model learns from: posters and attributes. A new one needs no new training. */
  readonly details: string;
  readonly counts: { readonly users: number; readonly items: number; readonly events: number };
  /** The source. `fingerprint` covers its files and how they were read. */
  readonly source: {
    readonly kind: string;
    readonly fingerprint: string;
    readonly files: readonly { readonly name: string; readonly sizeBytes: number; readonly sha256: string }[];
    readonly config: Readonly<Record<string, unknown>>;
  };
  readonly validation: ValidationReport;
  /** The files that joined the data set after it was prepared, in the order in which they did. */
  readonly appended?: readonly AppendedFile[];
  /**
   * Number of items with facts for the rules, and the sha256 of their file. Facts are not part of `hash`, since the end
   * of a licence needs no new training.
   */
  readonly facts?: { readonly count: number; readonly sha256: string };
}

/** The columns by which MovieLens names users and items, also where a `matinee.json` maps them. */
const MOVIELENS_COLUMNS = { user: 'userId', item: 'movieId' };

/** Returns whether the source files are those of a MovieLens set, with or without a mapping. */
export function isMovieLensSource({ kind, config }: DatasetManifest['source']): boolean {
  if (kind === 'movielens') return true;
  const { columns } = (config['interactions'] ?? {}) as { columns?: { user?: string; item?: string } };
  return columns?.user === MOVIELENS_COLUMNS.user && columns.item === MOVIELENS_COLUMNS.item;
}

/** Returns the files that joined the data set of a folder, also of a data set of an earlier format. */
export function readAppended(folder: string): readonly AppendedFile[] {
  return readAnyManifest(folder)?.appended ?? [];
}

/** Reads the manifest of a folder. Returns undefined if the folder has no prepared data of this format. */
export function readManifest(folder: string): DatasetManifest | undefined {
  const manifest = readAnyManifest(folder);
  return manifest?.format === DATASET_FORMAT ? manifest : undefined;
}

function readAnyManifest(folder: string): DatasetManifest | undefined {
  const file = path.join(folder, MANIFEST_FILE);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DatasetManifest;
  } catch (cause) {
    throw new MatineeError('BAD_DATASET', `${file} is not readable; delete ${folder} and prepare again`, { cause });
  }
}
