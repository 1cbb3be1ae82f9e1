import type { NamedSource } from '@matinee/models/blend';
import {
  buildInteractions,
  type Catalogue,
  type ConfidenceRule,
  type Dataset,
  DEFAULT_CONFIDENCE_RULE,
  groupByUser,
  type UserHistories,
} from '@matinee/models/data';
import type { ItemActivity } from '@matinee/models/features';
import { GENERATION_DEFAULTS } from '@matinee/models/generations';
import { type Release, requireSameData } from '@matinee/models/release';
import type { RowRole } from '@matinee/models/retrieval';
import { createItemSpace, type ItemSpace } from '@matinee/models/slate';
import { MatineeError } from '@matinee/numerics';
import { attributeNamesOf, type ExpressionSubject } from '../facts/attributes.ts';
import { type ItemFacts, noItemFacts } from '../facts/item-facts.ts';
import { createLogClock, startOfLog } from '../log/log-clock.ts';
import { createCatalogueSource } from './catalogue-source.ts';
import { createFallbackSource } from './fallback-source.ts';
import { growRatings, indexRatings, type RatingIndex } from './ratings.ts';
import { createSeriesIndex, type SeriesIndex } from './series.ts';
import type { StateMemory } from './state-memory.ts';

/**
 * One release on the dataset it was trained on, ready to answer requests. Immutable, except for the counts of live
 * events (see `online/live-events.ts`).
 */
export interface Engine {
  readonly release: Release;
  /** Its items are {@link catalogue}. */
  readonly dataset: Dataset;
  readonly catalogue: Catalogue;
  /** The rule the release was trained with; it also weights live feedback. */
  readonly rule: ConfidenceRule;
  /** Candidates per source: as many as when the blend's weights were learned. */
  readonly candidatesPerSource: number;
  readonly histories: UserHistories;
  readonly ratings: RatingIndex;
  /** What rules read of each item beside the catalogue. */
  readonly facts: ItemFacts;
  /** Columns of the operator's item table that the catalogue keeps, for use in filters. */
  readonly attributeNames: ReadonlySet<string>;
  /** 1 = the item belongs to the short head, see {@link findShortHead}. */
  readonly isHead: Uint8Array;
  /** The vectors and genres by which a list is diversified. */
  readonly itemSpace: ItemSpace;
  /** Which titles are parts of a series. */
  readonly series: SeriesIndex;
  readonly itemCount: number;
  readonly userCount: number;
  /**
   * Seconds between a request time and the clock of the data, see `log/log-gap.ts`. What models read of time is on that
   * clock; rules and licences go by the request time itself.
   */
  readonly logGapAt: (asOf: number) => number;
  /** Answers when no source of the release does. */
  readonly fallback: NamedSource;
  /** Finds items by genre and year where the sources of the release find too few. */
  readonly catalogueSource: NamedSource;
  /** Counts per item, with live events; the release's own counts by default. */
  readonly activity?: ItemActivity;
  /** Number of times that the counts of live events have changed; absent: there are none. */
  readonly liveChanges?: () => number;
  /** Candidates of the latest users; absent: every request finds its own. */
  readonly kept?: StateMemory;
}

/**
 * Prepares a release for serving.
 *
 * @param release Over the dataset's catalogue: see `growRelease` if that has grown since the training.
 * @param facts What rules read of the items; by default those of `earlier`, or none.
 * @param earlier An engine over the same events, whose catalogue may have been smaller. Its unchanged parts are shared.
 * @throws {MatineeError} `RELEASE_MISMATCH` when the release was trained on other data: its item indices would mean
 * other items. `BAD_RELEASE` when its sources do not fit the catalogue or each other. `BAD_FACTS` when the facts are of
 * another catalogue.
 * @remarks O(events) time and about 24 bytes per event; O(sources) with an earlier engine of the same rule.
 */
export function createEngine(dataset: Dataset, release: Release, facts?: ItemFacts, earlier?: Engine): Engine {
  requireSameData(release, dataset);
  requireFittingSources(release, dataset.items.vocabulary.ids.length);
  const rule = release.training?.confidence ?? DEFAULT_CONFIDENCE_RULE;
  const asTrained = release.training?.config['candidatesPerSource'];
  const userCount = dataset.users.ids.length;
  const known = earlier?.dataset.events === dataset.events ? earlier : undefined;
  const same = known?.catalogue === dataset.items ? known : undefined;
  const itemCount = dataset.items.vocabulary.ids.length;
  const itemFacts = facts ?? same?.facts ?? noItemFacts(itemCount);
  if (itemFacts.itemCount !== itemCount) {
    throw new MatineeError(
      'BAD_FACTS',
      `there are facts of ${itemFacts.itemCount} titles, the data set has ${itemCount}; prepare it again`,
    );
  }
  const ratings = known === undefined ? indexRatings(dataset) : growRatings(known.ratings, itemCount);
  return {
    release,
    dataset,
    catalogue: dataset.items,
    rule,
    candidatesPerSource:
      typeof asTrained === 'number' ? asTrained : GENERATION_DEFAULTS[release.generation].candidatesPerSource,
    histories:
      known !== undefined && isSameRule(known.rule, rule)
        ? known.histories
        : groupByUser(buildInteractions(dataset.events, rule), userCount),
    ratings,
    facts: itemFacts,
    attributeNames: same?.attributeNames ?? attributeNamesOf(dataset.items, known && namesOf(known)),
    isHead: same?.isHead ?? (known ? longer(known.isHead, itemCount) : findShortHead(ratings.peopleCounts)),
    itemSpace: createItemSpace(dataset.items, release.sources),
    series: same?.series ?? createSeriesIndex(dataset.items, known?.series),
    itemCount,
    userCount,
    logGapAt: gapAfter(dataset, release),
    fallback: same?.fallback ?? createFallbackSource(ratings.peopleCounts),
    catalogueSource: same?.catalogueSource ?? createCatalogueSource(dataset.items),
  };
}

function namesOf({ attributeNames, itemCount }: Engine) {
  return { names: attributeNames, itemCount };
}

/** New items have no interactions, so they belong to the long tail. */
function longer(isHead: Uint8Array, itemCount: number): Uint8Array {
  const grown = new Uint8Array(itemCount);
  grown.set(isHead);
  return grown;
}

/** As long as nothing is known of the log: the release's training may have read some of it. */
function gapAfter({ events }: Dataset, { trainedAsOf }: Release): Engine['logGapAt'] {
  const end = Math.max(trainedAsOf, events.timestamps[events.count - 1] ?? trainedAsOf);
  return createLogClock(startOfLog(end)).gapAt;
}

/** Refuses sources of another catalogue here, before they return items that do not exist. */
function requireFittingSources({ version, sources }: Release, itemCount: number): void {
  const refuse = (name: string, fault: string): never => {
    throw new MatineeError('BAD_RELEASE', `release ${version}: source "${name}" ${fault}; run: matinee train`);
  };
  const names = new Set<string>();
  for (const { name, model, weight } of sources) {
    if (model.itemCount !== itemCount) refuse(name, `knows ${model.itemCount} items, the data set has ${itemCount}`);
    if (!(weight >= 0 && Number.isFinite(weight))) refuse(name, `has weight ${weight}, which must be 0 or more`);
    if (names.has(name)) refuse(name, 'is there twice');
    names.add(name);
  }
}

function isSameRule(a: ConfidenceRule, b: ConfidenceRule): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** What expressions may read of this engine's items. */
export function expressionSubjectOf({ catalogue, facts, ratings, attributeNames }: Engine): ExpressionSubject {
  return { catalogue, facts, attributeNames, interactionCounts: ratings.interactionCounts };
}

/** The first source whose family suits that role, if the release has one. */
export function sourceGoodFor({ release }: Engine, role: RowRole): NamedSource | undefined {
  return release.sources.find(({ model }) => model.traits.goodFor.includes(role));
}

/** Marks the short head: the fewest items that hold half of all interactions. The rest is the long tail. */
function findShortHead(peopleCounts: Int32Array): Uint8Array {
  const isHead = new Uint8Array(peopleCounts.length);
  const total = peopleCounts.reduce((sum, count) => sum + count, 0);
  const byCount = Array.from(peopleCounts.keys()).sort((a, b) => peopleCounts[b]! - peopleCounts[a]! || a - b);
  let held = 0;
  for (const item of byCount) {
    if (held * 2 >= total) break;
    isHead[item] = 1;
    held += peopleCounts[item]!;
  }
  return isHead;
}
