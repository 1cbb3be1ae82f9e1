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
  /** What is served. */
  readonly release: Release;
  readonly eventLog: EventLog;
  readonly newItems: NewItemStore;
  readonly progress: Progress;
  readonly seed: number;
  /** Threads to fit on; one a core where absent. */
  readonly threadCount?: number;
}

export interface Refreshed {
  readonly release: Release;
  /** The release before and the refreshed one on the latest turns of the log, which trained neither. */
  readonly comparison: Comparison;
  /** Whether it is to be served: unless it is worse by more than chance. */
  readonly takesOver: boolean;
}

/** HeldOutCut of the comparison: at some milliseconds for each release. */
const MAX_QUERIES = 500;
/** A background process has no reader that waits. */
const PATIENT = { ...RECOMMEND_CONTEXT, deadlineMs: 10_000 };

/**
 * Trains the release on with what the log holds, all but the latest turns; saves it beside the others; and asks both about
 * the turns that were held back. What is current stays so: the caller decides.
 *
 * @throws {MatineeError} `NOTHING_NEW` when the log holds nothing that the release was not trained on; `CANCELLED`.
 */
export async function refreshAndCompare(options: RefreshOptions): Promise<Refreshed> {
  const { dataset, workspace, facts, release: earlier, eventLog, progress, seed, threadCount } = options;
  const newItems = withoutKnownItems(dataset, await options.newItems.readAll());
  const trainedThrough = earlier.log?.throughSequence ?? 0;
  const rule = earlier.training?.confidence ?? DEFAULT_CONFIDENCE_RULE;
  const cut = await holdBackEngagements(eventLog, trainedThrough, rule);
  if (cut.trainEngagements === 0) {
    throw new MatineeError('NOTHING_NEW', `the event log holds nothing that release ${earlier.version} does not know`);
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
  const comparison = await progress.stage('ask both about the latest turns', async ({ checkpoint, summary }) => {
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
  await openIndices(release, { folder, progress }); // so that who serves it need not wait for them
  return { release, comparison, takesOver: !isSignificantlyWorse(comparison) };
}

export function describeComparison({ queries, users, earlier, later, difference }: Comparison): string {
  if (queries === 0) return 'no turn of the log could be asked about';
  const interval =
    difference && `, difference ${signed(difference.value)} (${signed(difference.low)} to ${signed(difference.high)})`;
  return `NDCG@50 ${later.ndcg.toFixed(4)}, before ${earlier.ndcg.toFixed(4)}${interval ?? ''}, on ${queries} turns of ${users} people`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}
