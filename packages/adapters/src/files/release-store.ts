import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  assembleRelease,
  disassembleRelease,
  type Release,
  type ReleaseHeader,
  versionOf,
} from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import { ensureFolder, syncFolder, writeDurably } from '../disk/durable.ts';
import { partialName, removeDeadPartials } from '../disk/partial.ts';

/**
 * Releases of one data set, as files:
 *
 *     <folder>/<version>/manifest.json       its parts, with the sha256 of every artefact
 *     <folder>/<version>/<nn>-<source>.bin   one artefact per source
 *     <folder>/<version>/ranking.bin         the ranker and the data of its features, if the release has a ranker
 *     <folder>/<version>/<nn>-<source>.hnsw  a graph of the source's vectors, for a large catalogue
 *     <folder>/current                       the version that is served
 *
 * A version is the hash of its content, so the files named in its manifest never change. Everything is written to a
 * temporary name, synced and renamed: a crash leaves either the old state or the new one, and at most a `.partial-…`
 * folder that the next save removes. Several processes may save at the same time, also the same release. A `.hnsw` file
 * is not covered by the version, since it can be built from the rest.
 */
const MANIFEST = 'manifest.json';
const RANKING = 'ranking.bin';
const CURRENT = 'current';
/** Of placing a release where others place and repair the same one. */
const MAX_ATTEMPTS = 5;

/** Facts about the training run, stored in the manifest beside the hashed header. */
export interface ReleaseNotes {
  /** Result of `trainingKey`, used to find a release that need not be trained again. */
  readonly trainingKey?: string;
  /** Digest of `servingKey`, by which a release is found that learned from an earlier text. */
  readonly servingKey?: string;
  /** Milliseconds by stage. */
  readonly timings?: Readonly<Record<string, number>>;
  /** The epochs of each stage that trained a network; absent for stages that were cached. */
  readonly curves?: Readonly<
    Record<string, readonly { readonly epoch: number; readonly loss: number; readonly validation: number }[]>
  >;
  /** Seconds since 1970. */
  readonly savedAt?: number;
}

interface Manifest {
  readonly version: string;
  readonly header: ReleaseHeader;
  /** Not covered by the hash, so they may be missing or wrong. */
  readonly notes?: ReleaseNotes;
}

/**
 * Writes a release and makes it the current one unless `makeCurrent` is false. A version that is already there and
 * intact is not written again.
 *
 * @throws {MatineeError} `RELEASE_MISMATCH` when `release.version` is not the hash of its content.
 */
export async function saveRelease(
  folder: string,
  release: Release,
  notes: ReleaseNotes = {},
  { makeCurrent = true }: { readonly makeCurrent?: boolean } = {},
): Promise<void> {
  const { header, artifacts } = disassembleRelease(release, sha256);
  if (versionOf(header, sha256) !== release.version) {
    throw new MatineeError(
      'RELEASE_MISMATCH',
      `release ${release.version} hashes to ${versionOf(header, sha256)} instead of its version; train it again`,
    );
  }
  await ensureFolder(folder);
  await removeDeadPartials(folder);
  const target = path.join(folder, release.version);
  if (!(await isIntact(target))) {
    const partial = path.join(folder, partialName());
    try {
      await mkdir(partial);
      for (const [index, { file }] of partsOf(header).entries()) {
        await writeDurably(path.join(partial, file), artifacts[index] as Uint8Array);
      }
      const manifest: Manifest = { version: release.version, header, notes };
      await writeDurably(path.join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
      await syncFolder(partial);
      await place(partial, target);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    await syncFolder(folder);
  }
  if (makeCurrent) await useRelease(folder, release.version);
}

/** Renames a complete release to its version, unless another process was first with the same one. */
async function place(partial: string, target: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(partial, target);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code) || attempt === MAX_ATTEMPTS) throw error;
    }
    if (await isIntact(target)) return;
    // What stands there is damaged. It is moved first, because removing a folder takes longer.
    const damaged = path.join(path.dirname(target), partialName());
    await rename(target, damaged).catch(() => undefined);
    await rm(damaged, { recursive: true, force: true });
  }
}

/** Makes a saved version the current one. */
export async function useRelease(folder: string, version: string): Promise<void> {
  const partial = path.join(folder, partialName());
  try {
    await writeDurably(partial, `${version}\n`);
    await rename(partial, path.join(folder, CURRENT));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/**
 * Reads a release and verifies every artefact against the manifest and the manifest against the version.
 *
 * @param version The current one if absent.
 * @throws {MatineeError} `NOT_FOUND` when there is none; `BAD_RELEASE` when a file is missing, cut short or altered.
 */
export async function loadRelease(folder: string, version?: string): Promise<Release> {
  const chosen = version ?? (await readCurrent(folder));
  if (chosen === undefined) {
    throw new MatineeError('NOT_FOUND', `no release in ${folder}; run: matinee train`);
  }
  const { header } = await readManifest(path.join(folder, chosen), chosen);
  const artifacts: Uint8Array[] = [];
  for (const { file: name, sha256: expected } of partsOf(header)) {
    const file = path.join(folder, chosen, name);
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw badRelease(chosen, `${path.basename(file)} cannot be read`, cause);
    });
    if ((await sha256InSteps(bytes)) !== expected)
      throw badRelease(chosen, `${path.basename(file)} does not match its checksum`);
    artifacts.push(bytes);
  }
  try {
    return await assembleRelease(header, chosen, artifacts, () => nextTurn());
  } catch (cause) {
    throw badRelease(chosen, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Returns the version of an intact release with this key in its notes, if there is one. */
export async function findRelease(
  folder: string,
  key: string,
  kind: 'trainingKey' | 'servingKey' = 'trainingKey',
): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.sort((a, b) => (a < b ? -1 : 1))) {
    if (!/^[0-9a-f]{16}$/.test(name)) continue;
    const manifest = await readManifest(path.join(folder, name), name).catch(() => undefined);
    if (manifest?.notes?.[kind] === key && (await isIntact(path.join(folder, name)))) return name;
  }
  return undefined;
}

/** Returns the version of the release of a generation that was saved last, if there is one. */
export async function latestOfGeneration(folder: string, generation: string): Promise<string | undefined> {
  let latest: { readonly version: string; readonly savedAt: number } | undefined;
  for (const version of await readdir(folder).catch(() => [])) {
    if (!/^[0-9a-f]{16}$/.test(version)) continue;
    const manifest = await readManifest(path.join(folder, version), version).catch(() => undefined);
    const savedAt = manifest?.notes?.savedAt ?? 0;
    if (manifest?.header.generation !== generation) continue;
    if (latest === undefined || savedAt > latest.savedAt) latest = { version, savedAt };
  }
  return latest?.version;
}

/** Returns the manifests of all releases, in the order of their versions; damaged ones are left out. */
export async function listReleases(folder: string): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  for (const version of (await readdir(folder).catch(() => [])).sort()) {
    if (!/^[0-9a-f]{16}$/.test(version)) continue;
    const manifest = await readManifest(path.join(folder, version), version).catch(() => undefined);
    if (manifest !== undefined) manifests.push(manifest);
  }
  return manifests;
}

/** Returns the sha256 in lower-case hex, the digest of versions and checksums. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Some milliseconds of hashing. */
const BYTES_PER_STEP = 4 * 1024 * 1024;

/** As {@link sha256}, giving way between steps: a server loads a release while it answers requests. */
async function sha256InSteps(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let first = 0; first < bytes.length; first += BYTES_PER_STEP) {
    hash.update(bytes.subarray(first, first + BYTES_PER_STEP));
    await nextTurn();
  }
  return hash.digest('hex');
}

async function readCurrent(folder: string): Promise<string | undefined> {
  const text = await readFile(path.join(folder, CURRENT), 'utf8').catch(() => undefined);
  return text?.trim();
}

async function readManifest(releaseFolder: string, version: string): Promise<Manifest> {
  const text = await readFile(path.join(releaseFolder, MANIFEST), 'utf8').catch((cause: unknown) => {
    throw badRelease(version, `${MANIFEST} cannot be read`, cause);
  });
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
    // A header that hashes to the version was written by this program, so its shape needs no validation.
    if (versionOf(manifest.header, sha256) !== version) throw new Error('the hash of its header is not its version');
  } catch (cause) {
    throw badRelease(version, `${MANIFEST} is damaged`, cause);
  }
  return manifest;
}

async function isIntact(releaseFolder: string): Promise<boolean> {
  return loadRelease(path.dirname(releaseFolder), path.basename(releaseFolder)).then(
    () => true,
    () => false,
  );
}

function badRelease(version: string, what: string, cause?: unknown): MatineeError {
  return new MatineeError('BAD_RELEASE', `release ${version}: ${what}; run: matinee train`, { cause });
}

/** Returns the files of a release, in the order of its artefacts. */
function partsOf({ sources, ranking }: ReleaseHeader): readonly { readonly file: string; readonly sha256: string }[] {
  const parts = sources.map((source, index) => ({ file: artifactName(index, source.name), sha256: source.sha256 }));
  return ranking === undefined ? parts : [...parts, { file: RANKING, sha256: ranking.sha256 }];
}

/** Returns a numbered file name, since names come from the user and may differ only in what a file system ignores. */
function artifactName(index: number, name: string): string {
  return `${String(index).padStart(2, '0')}-${name.replaceAll(/[^a-zA-Z0-9-]/g, '_').slice(0, 60)}.bin`;
}
