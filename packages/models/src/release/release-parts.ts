import { defined, NO_PAUSE, type Pause } from '@matinee/numerics';
import { decodeArtifact, encodeArtifact, sortedJson } from '../artifacts/artifact-bytes.ts';
import type { NamedSource } from '../blend/blend.ts';
import { findSourceFamily } from '../families/find-source-family.ts';
import type { GenerationName } from '../generations/generation-config.ts';
import { requireItemCount } from '../generations/generation-model.ts';
import { loadRanking, saveRanking } from '../ranking/ranking.ts';
import type { LearnedFrom, Release, TrainedLog, TrainingRecord } from './release.ts';

/** sha256 of the bytes, lower-case hex. A parameter, because this package does not import a cryptography module. */
export type Digest = (bytes: Uint8Array) => string;

/** One source of a release as it is stored. */
export interface ReleaseSourcePart {
  readonly name: string;
  readonly weight: number;
  readonly sha256: string;
}

/** A release without its models; its hash is the version. JSON values only. */
export interface ReleaseHeader {
  readonly generation: GenerationName;
  readonly datasetHash: string;
  readonly learnedFrom?: LearnedFrom;
  readonly log?: TrainedLog;
  readonly trainedAsOf: number;
  readonly sources: readonly ReleaseSourcePart[];
  /** Absent if the blended score ranks. */
  readonly ranking?: { readonly sha256: string; readonly schemaHash: string };
  readonly training?: TrainingRecord;
}

/**
 * Splits a release into its header and artefacts: one per source, in order, then the ranking's. The inverse of {@link
 * assembleRelease}.
 */
export function disassembleRelease(
  release: Omit<Release, 'version'>,
  digest: Digest,
): { header: ReleaseHeader; artifacts: readonly Uint8Array[] } {
  const { ranking } = release;
  const artifacts = release.sources.map(({ model }) => encodeArtifact(model.save()));
  if (ranking !== undefined) artifacts.push(encodeArtifact(saveRanking(ranking)));
  const header: ReleaseHeader = {
    generation: release.generation,
    datasetHash: release.datasetHash,
    ...defined({ learnedFrom: release.learnedFrom }),
    ...(release.log && { log: release.log }),
    trainedAsOf: release.trainedAsOf,
    sources: release.sources.map(({ name, weight }, index) => ({ name, weight, sha256: digest(artifacts[index]) })),
    ...(ranking && { ranking: { sha256: digest(artifacts[artifacts.length - 1]), schemaHash: ranking.schema.hash } }),
    ...defined({ training: release.training }),
  };
  return { header, artifacts };
}

/** First 16 hex digits of the sha256 of the header, which holds the sha256 of every artefact. */
export function versionOf(header: ReleaseHeader, digest: Digest): string {
  return digestText(sortedJson(header), digest).slice(0, 16);
}

/** The digest of a text with any characters. */
export function digestText(text: string, digest: Digest): string {
  return digest(Uint8Array.from(encodeURIComponent(text), (character) => character.charCodeAt(0)));
}

/**
 * Assembles a release from its header and artefacts.
 *
 * @param artifacts In the order of `header.sources`, then the ranking's; with verified checksums.
 * @param pause Called between artefacts, so that a server can answer meanwhile.
 * @throws {MatineeError} `BAD_ARTIFACT` when an artefact is damaged, or the sources do not fit together.
 */
export async function assembleRelease(
  header: ReleaseHeader,
  version: string,
  artifacts: readonly Uint8Array[],
  pause: Pause = NO_PAUSE,
): Promise<Release> {
  const sources: NamedSource[] = [];
  for (const [index, { name, weight }] of header.sources.entries()) {
    await pause();
    const artifact = decodeArtifact(artifacts[index], true);
    await pause();
    sources.push({ name, weight, model: await findSourceFamily(artifact.kind).load(artifact) });
  }
  if (sources.length > 0) requireItemCount(sources, sources[0].model.itemCount);
  await pause();
  const { generation, datasetHash, learnedFrom, log, trainedAsOf, training } = header;
  return {
    version,
    generation,
    sources,
    ...(header.ranking && {
      ranking: await loadRanking(decodeArtifact(artifacts[header.sources.length], true), pause),
    }),
    datasetHash,
    ...defined({ learnedFrom }),
    ...(log && { log }),
    trainedAsOf,
    ...defined({ training }),
  };
}
