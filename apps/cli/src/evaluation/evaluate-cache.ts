import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeReportFiles } from '@matinee/adapters/files';
import type { Rankings } from '@matinee/models/evaluation';
import type { StageCost } from '@matinee/models/report';

/** The ranked lists of one model on one fold, and the time they took. */
export interface CachedRankings {
  readonly rankings: Rankings;
  readonly fitMs: number;
  readonly rankMs: number;
  /** The steps of a generation's fit; empty for single models. */
  readonly stages: readonly StageCost[];
}

/**
 * Stores the ranked lists of finished models, so that an interrupted evaluation continues where it stopped. A file is
 * named after the hash of everything the lists depend on: data, preparation, protocol, model, configuration, seed,
 * code.
 */
export interface RankingsCache {
  /** The cached lists; `undefined` when the file is missing or damaged. */
  load(key: string): Promise<CachedRankings | undefined>;
  save(key: string, ranked: CachedRankings): Promise<void>;
}

/**
 * @param root Holds one folder per version of the code. Saving removes the folders of other versions.
 */
export function openRankingsCache(root: string, codeVersion: string): RankingsCache {
  const folder = path.join(root, codeVersion);
  return {
    async load(key) {
      let bytes: Buffer;
      try {
        bytes = await readFile(path.join(folder, `${key}.rankings`));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
      return decode(bytes);
    },
    async save(key, ranked) {
      await writeReportFiles(folder, { [`${key}.rankings`]: encode(ranked) });
      for (const version of await readdir(root)) {
        if (version !== codeVersion) await rm(path.join(root, version), { recursive: true, force: true });
      }
    },
  };
}

/** The key of lists that depend on `parts`; equal parts in equal order give equal keys. */
export function rankingsKey(parts: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** One line of JSON, padded to a multiple of 4 bytes, then the lengths and the item indices as little-endian int32. */
function encode({ rankings, fitMs, rankMs, stages }: CachedRankings): Uint8Array {
  const body = Buffer.concat([bytesOf(rankings.lengths), bytesOf(rankings.itemIndices)]);
  const header = JSON.stringify({
    depth: rankings.depth,
    queryCount: rankings.lengths.length,
    fitMs,
    rankMs,
    stages,
    sha256: createHash('sha256').update(body).digest('hex'),
  });
  const padding = ' '.repeat((4 - ((header.length + 1) % 4)) % 4);
  return Buffer.concat([Buffer.from(`${header}${padding}\n`), body]);
}

/** Returns `undefined` for a damaged file, so that the lists are made again. */
function decode(bytes: Buffer): CachedRankings | undefined {
  const end = bytes.indexOf('\n');
  if (end < 0) return undefined;
  let header: Omit<CachedRankings, 'rankings'> & { depth: number; queryCount: number; sha256: string };
  try {
    header = JSON.parse(bytes.toString('utf8', 0, end)) as typeof header;
  } catch {
    return undefined;
  }
  const body = bytes.subarray(end + 1);
  if (createHash('sha256').update(body).digest('hex') !== header.sha256) return undefined;
  // Copied, since a file's buffer may start at any offset of a shared pool, and int32 needs alignment.
  const values = new Int32Array(new Uint8Array(body).buffer);
  return {
    rankings: {
      depth: header.depth,
      lengths: values.subarray(0, header.queryCount),
      itemIndices: values.subarray(header.queryCount),
    },
    fitMs: header.fitMs,
    rankMs: header.rankMs,
    stages: header.stages,
  };
}

function bytesOf(values: Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
