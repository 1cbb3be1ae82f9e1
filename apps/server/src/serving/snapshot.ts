import type { Dataset } from '@matinee/models/data';
import { growRelease, type Release } from '@matinee/models/release';
import {
  createDriftMeter,
  createLiveEngine,
  type Drift,
  type Engine,
  type ItemFacts,
  type LiveEvents,
  type RecentEngagements,
} from '@matinee/recommender';
import { createSearchIndex, type SearchIndex } from '../search/search-index.ts';
import { createViewers, type Viewers, type ViewersDependencies } from './viewers.ts';

/**
 * One release and everything that is built from it; only live events change it. A request takes one at its start and
 * uses it to its end.
 */
export interface Snapshot {
  /** As it was trained: without live events and new items. */
  readonly release: Release;
  /** The same release over the present catalogue. */
  readonly grown: Release;
  readonly engine: Engine;
  /** Recent events of all users, as far as the engine's answers use them. */
  readonly live: LiveEvents;
  readonly viewers: Viewers;
  readonly searchIndex: SearchIndex;
  /** Measures how far the last week's positive events are from those in the dataset. */
  readonly measureDrift: (engagements: RecentEngagements) => Drift;
  /** Rows of the dataset's users, least active first. */
  readonly usersByActivity: readonly number[];
}

/** The dataset's items and the new ones, with the facts that rules read. */
export interface ServedCatalogue {
  readonly dataset: Dataset;
  readonly facts: ItemFacts;
}

/** @param earlier Its parts are reused where the catalogue is the same. */
export async function createSnapshot(
  release: Release,
  { dataset, facts }: ServedCatalogue,
  dependencies: Omit<ViewersDependencies, 'engine' | 'users'>,
  earlier?: Snapshot,
): Promise<Snapshot> {
  const grown = await growRelease(release, dataset);
  const { engine, live } = createLiveEngine(dataset, grown, facts, earlier?.engine);
  const same = earlier?.engine.catalogue === engine.catalogue ? earlier : undefined;
  return {
    release,
    grown,
    engine,
    live,
    viewers: createViewers({ ...dependencies, engine, users: dataset.users }),
    searchIndex: same?.searchIndex ?? indexTitles(engine),
    measureDrift: same?.measureDrift ?? createDriftMeter(engine),
    usersByActivity:
      earlier?.engine.histories === engine.histories ? earlier.usersByActivity : sortUsersByActivity(engine),
  };
}

function indexTitles({ catalogue, ratings }: Engine): SearchIndex {
  const { titles, years } = catalogue;
  return createSearchIndex(
    titles.map((title, item) => ({
      title,
      year: years[item] ?? 0,
      popularity: ratings.interactionCounts[item] ?? 0,
    })),
  );
}

function sortUsersByActivity({ histories, userCount }: Engine): number[] {
  const lengthOf = (user: number): number => histories.of(user).itemIndices.length;
  return Array.from({ length: userCount }, (_, user) => user).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
}
