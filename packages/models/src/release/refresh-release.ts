import { createRandom, defined, MatineeError } from '@matinee/numerics';
import type { NamedSource } from '../blend/blend.ts';
import type { UnweightedSource } from '../blend/fit-blend-weights.ts';
import { withCurrentNames } from '../config/earlier-names.ts';
import { buildInteractions } from '../data/confidence.ts';
import type { Dataset } from '../data/dataset.ts';
import { fitFeatureStatistics } from '../features/feature-statistics.ts';
import { fitSources, requireSource } from '../generations/fit-sources.ts';
import type { GenerationConfig } from '../generations/generation-config.ts';
import type { LeftOutPart } from '../generations/left-out.ts';
import { sumToOne } from '../generations/plan-sources.ts';
import { continueSources, resolveGeneration } from '../generations/resolve-generation.ts';
import { learnedFrom } from './learned-from.ts';
import type { Release, TrainedLog } from './release.ts';
import { disassembleRelease, versionOf } from './release-parts.ts';
import type { TrainReleaseContext } from './train-release.ts';

/** The input of a refresh. */
export interface RefreshData {
  /** The release's data set including the log; users and items keep their indices. */
  readonly dataset: Dataset;
  readonly log: TrainedLog;
}

/**
 * Refits a release on the data set and the log. Every source is fitted again, networks continue from their parameters,
 * and the ranker's statistics are recounted. Blend weights and the ranker, which were learned on held-out data, stay:
 * they depend little on a day of events. A refresh therefore takes a small part of a training.
 *
 * A source that the training left out because it could not be fitted is tried again, and taken in with a small weight
 * once there is enough data: its right weight is a training's to learn. One that held-out queries showed to be of no
 * use stays left out.
 *
 * @returns A release that serves the same data set as `earlier`, whose `log` records the additional training events.
 * @throws {MatineeError} `BAD_RELEASE` for a release without a training record; `BAD_WARM_START`; `CANCELLED`.
 */
export async function refreshRelease(
  earlier: Release,
  { dataset, log }: RefreshData,
  { seed, digest, ...stages }: TrainReleaseContext,
): Promise<Release> {
  const { training: recorded, ranking } = earlier;
  if (recorded === undefined) {
    throw new MatineeError('BAD_RELEASE', `release ${earlier.version} was put together by hand: train one first`);
  }
  const { leftOut: leftOutBefore = [], ...training } = recorded;
  const trained = resolveGeneration(earlier.generation, {}, withCurrentNames(training.config));
  const config = continueSources(trained);
  const context = { ...stages, random: createRandom(seed) };
  const interactions = buildInteractions(dataset.events, training.confidence);
  const trainedAsOf = interactions.timestamps[interactions.count - 1];
  const userCount = dataset.users.ids.length;
  const data = { userCount, items: dataset.items, interactions, asOf: trainedAsOf };
  const side = {
    data,
    name: 'with the log',
    identity: { log: log.hash },
    earlier: { sources: earlier.sources, without: { release: earlier.version } },
  };
  const fitted = await fitSources(withoutUseless(config, leftOutBefore), side, context);
  requireSource(earlier.generation, fitted);
  const sources = weighAsBefore(fitted.sources, earlier.sources);
  const leftOut = [
    ...leftOutBefore.filter(({ part, cause }) => cause === 'validation' || !hasSource(config, part)),
    ...fitted.leftOut,
  ];
  const statistics =
    ranking &&
    (await context.stage('count what features need with the log', ({ checkpoint }) =>
      fitFeatureStatistics(data, { ...context, checkpoint }),
    ));
  const release: Omit<Release, 'version'> = {
    ...earlier,
    sources,
    ...(ranking && statistics && { ranking: { ...ranking, statistics } }),
    log,
    ...defined({
      learnedFrom: learnedFrom(
        dataset,
        sources.map(({ model }) => model),
        ranking !== undefined,
      ),
    }),
    trainedAsOf,
    training: {
      ...training,
      ...(leftOut.length > 0 && { leftOut }),
      seed,
      counts: {
        ...training.counts,
        users: userCount,
        events: dataset.events.count,
        interactions: interactions.count,
        dropped: interactions.droppedCount,
      },
    },
  };
  return { ...release, version: versionOf(disassembleRelease(release, digest).header, digest) };
}

/** Weight of a source that a refresh takes in: it fills lists up, and has a say where others have none. */
const TAKEN_IN = 0.001;

function weighAsBefore(fitted: readonly UnweightedSource[], earlier: readonly NamedSource[]): readonly NamedSource[] {
  const before = new Map(earlier.map(({ name, weight }) => [name, weight]));
  const weighted = fitted.map((source) => ({ ...source, weight: before.get(source.name) ?? TAKEN_IN }));
  // To the last digit as before where the sources are the same.
  if (fitted.length === earlier.length && fitted.every(({ name }) => before.has(name))) return weighted;
  const weights = sumToOne(weighted);
  return weighted.map((source) => ({ ...source, weight: weights.get(source.name) ?? 0 }));
}

function withoutUseless({ sources }: GenerationConfig, leftOut: readonly LeftOutPart[]) {
  const useless = new Set(leftOut.filter(({ cause }) => cause === 'validation').map(({ part }) => part));
  return { sources: Object.fromEntries(Object.entries(sources).filter(([name]) => !useless.has(name))) };
}

function hasSource({ sources }: GenerationConfig, name: string): boolean {
  return Object.hasOwn(sources, name);
}
