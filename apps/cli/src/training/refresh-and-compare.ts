import { saveRelease, sha256 } from '@matinee/adapters/files';
import { type Dataset, DEFAULT_CONFIDENCE_RULE, type ItemIndex, weightOfFeedback } from '@matinee/models/data';
import { growRelease, type LeftOutOfTraining, type Release, refreshRelease } from '@matinee/models/release';
import { defined, MatineeError } from '@matinee/numerics';
import {
  type Comparison,
  changeItemFacts,
  compareOnMembers,
  compareReleases,
  createLiveEngine,
  datasetWithLog,
  type EventLog,
  type FullComparison,
  findHarm,
  growItemFacts,
  holdBackEngagements,
  type ItemFacts,
  isSignificantlyWorse,
  type LogSurvey,
  listWithin,
  type MemberComparison,
  type NewItemStore,
  surveyLog,
  withoutEventsOf,
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
  readonly comparison: FullComparison;
  /** Both on members of the dataset, whom nobody can add to through the log. */
  readonly members: MemberComparison;
  /** Why the refreshed release is not to be served; empty if it is. */
  readonly refusals: readonly string[];
  /** Whether the refreshed release is to be served. */
  readonly takesOver: boolean;
}

/** Maximum number of held-out queries of the comparison; each takes milliseconds per release. */
const MAX_QUERIES = 500;
/** A long deadline, since nobody waits for these lists. */
const PATIENT = { ...RECOMMEND_CONTEXT, deadlineMs: 10_000 };

/**
 * Trains the release further on the log, except its latest engagements, and saves the result beside the others. Both
 * releases are then compared on the held-back engagements, and on members of the dataset. The current release stays
 * current: the caller decides.
 *
 * Few people cannot move a release: `surveyLog` says what is left out of training and comparison, and `findHarm` what
 * one refresh may change for members.
 *
 * @throws {MatineeError} `NOTHING_NEW` when the log holds nothing new that a training may learn from; `CANCELLED`.
 */
export async function refreshAndCompare(options: RefreshOptions): Promise<Refreshed> {
  const { dataset, workspace, facts, release: earlier, eventLog, progress, seed, threadCount } = options;
  const newItems = withoutKnownItems(dataset, await options.newItems.readAll());
  const changes = await options.newItems.readChanges();
  const trainedThrough = earlier.log?.throughSequence ?? 0;
  const rule = earlier.training?.confidence ?? DEFAULT_CONFIDENCE_RULE;
  const survey = await surveyLog({ log: eventLog, dataset, rule, throughSequence: Number.POSITIVE_INFINITY });
  const cut = holdBackEngagements(survey, trainedThrough, (type) => weightOfFeedback(type, rule) > 0);
  if (cut.trainEngagements === 0) {
    throw new MatineeError(
      'NOTHING_NEW',
      `the event log holds nothing new that release ${earlier.version} may learn from${describeLeftOut(survey.leftOut)}`,
    );
  }
  const data = await progress.stage('read the event log', async ({ summary }) => {
    const extent = { newItems: newItems.map(({ item }) => item), changes, throughSequence: cut.throughSequence, rule };
    const joined = await datasetWithLog(dataset, eventLog, sha256, extent);
    const { eventCount, leftOut } = joined.log;
    summary(
      `${eventCount} events; ${cut.heldBackEngagements} of the latest held back${leftOut ? describeLeftOut(leftOut) : ''}`,
    );
    return joined;
  });
  const timings: Record<string, number> = {};
  const release = await refreshRelease(earlier, data, {
    seed,
    ...reportStages(progress, timings),
    ...defined({ threadCount }),
  });
  const deletedIds = await eventLog.deletedAmong(dataset.users.ids);
  const whole = { ...withoutEventsOf(dataset, deletedIds), items: data.dataset.items };
  const grownFacts = growItemFacts(
    facts,
    newItems.map(({ fact }) => fact),
  );
  const allFacts = changeItemFacts(grownFacts, whole.items.vocabulary, changes);
  const before = createLiveEngine(whole, await growRelease(earlier, whole), allFacts);
  const after = createLiveEngine(whole, release, allFacts, before.engine);
  const listItems = listWithin(PATIENT);
  const members = await progress.stage('compare both on members of the data set', async ({ checkpoint, summary }) => {
    const isTrusted = trustMembers(survey, trainedThrough, whole);
    const compared = await compareOnMembers(before, after, {
      ...{ listItems, asOf: release.trainedAsOf + 1, isTrusted, checkpoint },
    });
    summary(describeMembers(compared));
    return compared;
  });
  const comparison = await progress.stage('compare both on the latest engagements', async ({ checkpoint, summary }) => {
    const compared = await compareReleases(before, after, {
      users: dataset.users,
      log: eventLog,
      listItems,
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
  const refusals = [
    ...(isSignificantlyWorse(comparison.decisive) ? ['finds less of the latest engagements'] : []),
    ...findHarm(members),
  ];
  return { release, comparison, members, refusals, takesOver: refusals.length === 0 };
}

/** Returns whether at least half of the new engagements with an item are of members of the dataset. */
function trustMembers(
  { events }: LogSurvey,
  afterSequence: number,
  { items, users }: Dataset,
): (itemIndex: ItemIndex) => boolean {
  const balance = new Map<number, number>();
  for (const { event } of events) {
    if (event.sequence <= afterSequence) continue;
    const itemIndex = items.vocabulary.indexOf(event.itemId);
    balance.set(itemIndex, (balance.get(itemIndex) ?? 0) + (users.indexOf(event.userId) >= 0 ? 1 : -1));
  }
  return (itemIndex) => (balance.get(itemIndex) ?? -1) >= 0;
}

/** Returns what a training left out of the log, to be added to a sentence; empty if nothing. */
export function describeLeftOut(leftOut: LeftOutOfTraining): string {
  const { newPeople, eventsOfNewPeople, eventsOverLimit, eventsOverShare } = leftOut;
  const parts = [
    [eventsOfNewPeople, `of ${newPeople} visitors who have not come back on a later day`],
    [eventsOverLimit, 'beyond what one person may add'],
    [eventsOverShare, 'of visitors of less than a month beyond their share'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, which]) => `${count} events ${which}`);
  return said.length === 0 ? '' : `; left out: ${said.join(', ')}`;
}

/** Returns what a refreshed release changes for members as one line. */
export function describeMembers({ members, overlap, widestEntry }: MemberComparison): string {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return `of the lists of ${members} members ${percent(overlap)} stay, and one title comes to ${percent(widestEntry)} of them at most`;
}

export function describeComparison({ queries, users, leftOut, earlier, later, difference }: Comparison): string {
  if (queries === 0)
    return `the log holds no engagement to compare on${leftOut > 0 ? `, but ${leftOut} of visitors who are too new` : ''}`;
  const interval =
    difference && `, difference ${signed(difference.value)} (${signed(difference.low)} to ${signed(difference.high)})`;
  return `NDCG@50 ${later.ndcg.toFixed(4)}, before ${earlier.ndcg.toFixed(4)}${interval ?? ''}, on ${queries} engagements of ${users} people${leftOut > 0 ? `, without ${leftOut} of visitors who are too new` : ''}`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}
