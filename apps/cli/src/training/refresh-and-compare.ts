import { saveRelease, sha256 } from '@matinee/adapters/files';
import { type Dataset, DEFAULT_CONFIDENCE_RULE } from '@matinee/models/data';
import { growRelease, type Release, refreshRelease } from '@matinee/models/release';
import { defined, MatineeError } from '@matinee/numerics';
import {
  type Comparison,
  compareReleases,
  createLiveEngine,
  datasetWithLog,
  type EventLog,
  growItemFacts,
  holdBackEngagements,
  type ItemFacts,
  isSignificantlyWorse,
  listWithin,
  type NewItemStore,
  withoutKnownItems,
} from '@matinee/recommender';
import { RECOMMEND_CONTEXT } from '@matinee/server';
import type { Progress } from '../terminal/progress.ts';
import { openIndices } from '../workspace/open-indices.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { reportStages } from './report-stages.ts';
import { releaseFolder } from './train-and-save-release.ts';

export interface RefreshOptions {
  readonly dataset: Dataset;
  readonly workspace: Workspace;
  readonly facts: ItemFacts;
  /** The served release. */
  readonly release: Release;
  readonly eventLog: EventLog;
  readonly newItems: NewItemStore;
  readonly progress: Progress;
  readonly seed: number;
  /** Threads to fit on; one per core when absent. */
  readonly threadCount?: number;
}

export interface Refreshed {
  readonly release: Release;
  /** The earlier and the refreshed release on the latest engagements of the log, on which neither was trained. */
  readonly comparison: Comparison;
  /** Whether the refreshed release is to be served: false when it is significantly worse. */
  readonly takesOver: boolean;
}

/** Maximum number of held-out queries of the comparison; each takes milliseconds per release. */
const MAX_QUERIES = 500;
/** A long deadline, since nobody waits for these lists. */
const PATIENT = { ...RECOMMEND_CONTEXT, deadlineMs: 10_000 };

/**
 * Trains the release further on the log, except its latest engagements, and saves the result beside the others. Both
 * releases are then compared on the held-back engagements. The current release stays current: the caller decides.
 *
 * @throws {MatineeError} `NOTHING_NEW` when the release was trained on everything in the log; `CANCELLED`.
 */
export async function refreshAndCompare(options: RefreshOptions): Promise<Refreshed> {
  const { dataset, workspace, facts, release: earlier, eventLog, progress, seed, threadCount } = options;
  const newItems = withoutKnownItems(dataset, await options.newItems.readAll());
  const trainedThrough = earlier.log?.throughSequence ?? 0;
  const rule = earlier.training?.confidence ?? DEFAULT_CONFIDENCE_RULE;
  const cut = await holdBackEngagements(eventLog, trainedThrough, rule);
  if (cut.trainEngagements === 0) {
    throw new MatineeError('NOTHING_NEW', `the event log holds nothing that is new to release ${earlier.version}`);
  }
  const data = await progress.stage('read the event log', async ({ summary }) => {
    const extent = { newItems: newItems.map(({ item }) => item), throughSequence: cut.throughSequence };
    const joined = await datasetWithLog(dataset, eventLog, sha256, extent);
    summary(`${joined.log.eventCount} events; ${cut.heldBackEngagements} of the latest held back`);
    return joined;
  });
  const timings: Record<string, number> = {};
  const release = await refreshRelease(earlier, data, {
    seed,
    ...reportStages(progress, timings),
    ...defined({ threadCount }),
  });
  const comparison = await progress.stage('compare both on the latest engagements', async ({ checkpoint, summary }) => {
    const whole = { ...dataset, items: data.dataset.items };
    const allFacts = growItemFacts(
      facts,
      newItems.map(({ fact }) => fact),
    );
    const before = createLiveEngine(whole, await growRelease(earlier, whole.items), allFacts);
    const after = createLiveEngine(whole, release, allFacts, before.engine);
    const compared = await compareReleases(before, after, {
      users: dataset.users,
      log: eventLog,
      listItems: listWithin(PATIENT),
      afterSequence: cut.throughSequence,
      engagementCount: cut.heldBackEngagements,
      maxQueries: MAX_QUERIES,
      checkpoint,
    });
    summary(describeComparison(compared));
    return compared;
  });
  const notes = { timings, savedAt: Math.floor(Date.now() / 1000) };
  const folder = releaseFolder(workspace, dataset.name);
  await saveRelease(folder, release, notes, { makeCurrent: false });
  await openIndices(release, { folder, workspace, progress }); // so that the server need not wait for them
  return { release, comparison, takesOver: !isSignificantlyWorse(comparison) };
}

export function describeComparison({ queries, users, earlier, later, difference }: Comparison): string {
  if (queries === 0) return 'the log holds no engagement to compare on';
  const interval =
    difference && `, difference ${signed(difference.value)} (${signed(difference.low)} to ${signed(difference.high)})`;
  return `NDCG@50 ${later.ndcg.toFixed(4)}, before ${earlier.ndcg.toFixed(4)}${interval ?? ''}, on ${queries} engagements of ${users} people`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}
