import type { Dataset } from '@matinee/models/data';
import { growRelease, type Release } from '@matinee/models/release';
import { defined, type Pause } from '@matinee/numerics';
import {
  createDriftMeter,
  createLiveEngine,
  type DriftMeter,
  type Engine,
  type ItemFacts,
  type LiveEvents,
  usersByActivity,
} from '@matinee/recommender';
import { createSearchIndex, type SearchableTitle, type SearchIndex } from '../search/search-index.ts';
import { createKeptCandidates, DEFAULT_KEPT_BYTES } from './kept-candidates.ts';
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
  readonly engine: ServedEngine;
  /** See {@link ServedCatalogue.revision}. */
  readonly catalogueRevision: number;
  /** Recent events of all users, as far as the engine's answers use them. */
  readonly live: LiveEvents;
  readonly viewers: Viewers;
  readonly searchIndex: SearchIndex;
  /** Measures how far the last week's positive events, by item, are from those in the dataset. */
  readonly measureDrift: DriftMeter;
  /** Rows of the dataset's users, least active first. */
  readonly usersByActivity: readonly number[];
}

/** An engine, and where its posters are for clients. */
export interface ServedEngine extends Engine {
  /** See `readBasePath`. */
  readonly basePath: string;
}

/** The dataset's items and the new ones, with the facts that rules read. */
export interface ServedCatalogue {
  readonly dataset: Dataset;
  readonly facts: ItemFacts;
  /** Counts what was added to the catalogue and changed of it, so that two of one revision are the same. */
  readonly revision: number;
}

export interface SnapshotDependencies extends Omit<ViewersDependencies, 'engine' | 'users'> {
  /** The path below which clients reach the server; empty by default. */
  readonly basePath?: string;
  /** Bytes of candidates that are kept; {@link DEFAULT_KEPT_BYTES} by default. */
  readonly keptBytes?: number;
}

/**
 * @param earlier Its parts are reused where they are the same, and extended where the catalogue has grown. Without its
 * live events the log is counted anew.
 */
export async function createSnapshot(
  release: Release,
  { dataset, facts, revision }: ServedCatalogue,
  dependencies: SnapshotDependencies,
  earlier?: Omit<Snapshot, 'live'> & { readonly live: LiveEvents | undefined },
): Promise<Snapshot> {
  const { pause, basePath = '', keptBytes = DEFAULT_KEPT_BYTES } = dependencies;
  // A release that has grown already only needs the newest items.
  const grown = await growRelease(earlier?.release === release ? earlier.grown : release, dataset, pause);
  await pause();
  const sameEvents = earlier?.engine.dataset.events === dataset.events ? earlier : undefined;
  const isSameItems = earlier?.engine.catalogue.vocabulary === dataset.items.vocabulary;
  // Counts of the log go by indices alone, so they go on where the same release has the same items.
  const counted = isSameItems && earlier?.release === release ? earlier.live : undefined;
  const { engine: plain, live } = createLiveEngine(
    dataset,
    grown,
    facts,
    earlier && withNames(earlier.engine, dataset),
    counted,
  );
  const engine: ServedEngine = { ...plain, basePath, ...defined({ kept: createKeptCandidates(keptBytes) }) };
  await pause();
  return {
    release,
    grown,
    engine,
    catalogueRevision: revision,
    live,
    viewers: createViewers({ ...dependencies, engine, users: dataset.users }),
    searchIndex: await indexTitles(engine, pause, sameEvents),
    measureDrift: sameEvents?.measureDrift ?? createDriftMeter(engine),
    usersByActivity: usersByActivity(engine),
  };
}

/** Returns the engine with the names of all attributes: changes of items may have brought further ones. */
function withNames(engine: Engine, { items }: Dataset): Engine {
  const names = new Set(engine.attributeNames);
  for (const [at, columns] of engine.catalogue.attributes.entries()) {
    const present = items.attributes[at];
    if (present !== columns) for (const name of Object.keys(present ?? {})) names.add(name);
  }
  return names.size === engine.attributeNames.size ? engine : { ...engine, attributeNames: names };
}

function indexTitles(
  { catalogue, ratings }: Engine,
  pause: Pause,
  earlier?: Omit<Snapshot, 'live'>,
): Promise<SearchIndex> {
  const { titles, years, vocabulary } = catalogue;
  const searchableFrom = (first: number): SearchableTitle[] =>
    titles.slice(first).map((title, at) => ({
      // As it is called on the page.
      title: title ?? vocabulary.ids[first + at],
      year: years[first + at] ?? 0,
      popularity: ratings.interactionCounts[first + at] ?? 0,
    }));
  const isChanged = earlier?.engine.catalogue.titles.some(
    (title, at) => title !== titles[at] || earlier.engine.catalogue.years[at] !== years[at],
  );
  if (earlier === undefined || isChanged) return Promise.resolve(createSearchIndex(searchableFrom(0)));
  const { searchIndex } = earlier;
  return searchIndex.titleCount === titles.length
    ? Promise.resolve(searchIndex)
    : searchIndex.extend(searchableFrom(searchIndex.titleCount), pause);
}
