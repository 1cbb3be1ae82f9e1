import { createRandom, defined, MatineeError } from '@matinee/numerics';
import { withCurrentNames } from '../config/earlier-names.ts';
import { buildInteractions } from '../data/confidence.ts';
import type { Dataset } from '../data/dataset.ts';
import { fitFeatureStatistics } from '../features/feature-statistics.ts';
import { fitSources } from '../generations/fit-sources.ts';
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
 * @returns A release that serves the same data set as `earlier`, whose `log` records the additional training events.
 * @throws {MatineeError} `BAD_RELEASE` for a release without a training record; `BAD_WARM_START`; `CANCELLED`.
 */
export async function refreshRelease(
  earlier: Release,
  { dataset, log }: RefreshData,
  { seed, digest, ...stages }: TrainReleaseContext,
): Promise<Release> {
  const { training, ranking } = earlier;
  if (training === undefined) {
    throw new MatineeError('BAD_RELEASE', `release ${earlier.version} was put together by hand: train one first`);
  }
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
  const weights = new Map(earlier.sources.map(({ name, weight }) => [name, weight]));
  const fitted = await fitSources(config, side, context);
  const statistics =
    ranking &&
    (await context.stage('count what features need with the log', ({ checkpoint }) =>
      fitFeatureStatistics(data, { ...context, checkpoint }),
    ));
  const release: Omit<Release, 'version'> = {
    ...earlier,
    sources: fitted.map((source) => ({ ...source, weight: weights.get(source.name) ?? 0 })),
    ...(ranking && statistics && { ranking: { ...ranking, statistics } }),
    log,
    ...defined({
      learnedFrom: learnedFrom(
        dataset,
        fitted.map(({ model }) => model),
        ranking !== undefined,
      ),
    }),
    trainedAsOf,
    training: {
      ...training,
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
