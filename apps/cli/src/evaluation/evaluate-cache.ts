import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeReportFiles } from '@matinee/adapters/files';
import type { Rankings } from '@matinee/models/evaluation';
import type { StageCost } from '@matinee/models/report';

/** The lists of one model on one fold, and what they cost. */
export interface CachedRankings {
  readonly rankings: Rankings;
  readonly fitMs: number;
  readonly rankMs: number;
  /** Of a generation, what its fit consisted of; empty for single models. */
  readonly stages: readonly StageCost[];
}

/**
 * Lists of finished models, kept between runs so that an interrupted evaluation goes on where it stopped. A file is
 * named after the hash of everything the lists depend on: data, preparation, protocol, model, configuration, seed, code.
 */
export interface RankingsCache {
  /** `undefined` when nothing (or nothing sound) is kept under the key. */
  load(key: string): Promise<CachedRankings | undefined>;
  save(key: string, kept: CachedRankings): Promise<void>;
}

/**
 * @param root Holds one folder a version of the code. Saving removes those of other versions: no key leads there any more.
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
    async save(key, kept) {
      await writeReportFiles(folder, { [`${key}.rankings`]: encode(kept) });
      for (const version of await readdir(root)) {
        if (version !== codeVersion) await rm(path.join(root, version), { recursive: true, force: true });
      }
    },
  };
}

/** The key of lists that depend on `parts`: equal parts in equal order, equal key. */
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

/** A file that is cut short or damaged is as good as none: the lists are made again. */
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
  // A copy of its own: a file's buffer may lie at any offset of a shared pool.
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
