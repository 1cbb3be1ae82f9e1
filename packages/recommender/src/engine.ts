import {
  buildInteractions,
  type Catalogue,
  type ConfidenceRule,
  type Dataset,
  DEFAULT_CONFIDENCE_RULE,
  GENERATION_DEFAULTS,
  groupByUser,
  type NamedSource,
  type Release,
  type UserHistories,
} from '@matinee/models';
import { MatineeError } from '@matinee/numerics';
import { indexRatings, type RatingIndex } from './ratings.ts';

/** Everything immutable that requests are answered from: one release on the data set it was trained on. */
export interface Engine {
  readonly release: Release;
  readonly catalogue: Catalogue;
  /** The rule the release was trained with: live feedback is weighed by the same one. */
  readonly rule: ConfidenceRule;
  /** Candidates asked of each source: as many as when the blend's weights were learned. */
  readonly candidatesPerSource: number;
  readonly histories: UserHistories;
  readonly ratings: RatingIndex;
  /** 1 = the item belongs to the short head, see {@link findShortHead}. */
  readonly isHead: Uint8Array;
  readonly itemCount: number;
  readonly userCount: number;
}

/**
 * Prepares a release for serving.
 *
 * @throws {MatineeError} `RELEASE_MISMATCH` when the release was trained on other data: its item indices would mean
 * other titles.
 * @remarks O(events) time; about 24 bytes an event.
 */
export function createEngine(dataset: Dataset, release: Release): Engine {
  if (release.datasetHash !== dataset.hash) {
    throw new MatineeError(
      'RELEASE_MISMATCH',
      `release ${release.version} was trained on data ${release.datasetHash.slice(0, 12)}, but data set "${dataset.name}" is ${dataset.hash.slice(0, 12)}; run: matinee train`,
    );
  }
  const rule = release.training?.confidence ?? DEFAULT_CONFIDENCE_RULE;
  const asTrained = release.training?.config['candidatesPerSource'];
  const userCount = dataset.users.ids.length;
  const ratings = indexRatings(dataset);
  return {
    release,
    catalogue: dataset.items,
    rule,
    candidatesPerSource:
      typeof asTrained === 'number' ? asTrained : GENERATION_DEFAULTS[release.generation].candidatesPerSource,
    histories: groupByUser(buildInteractions(dataset.events, rule), userCount),
    ratings,
    isHead: findShortHead(ratings.interactionCounts),
    itemCount: dataset.items.vocabulary.ids.length,
    userCount,
  };
}

/** The first source of that family, if the release has one. */
export function sourceOfKind({ release }: Engine, kind: string): NamedSource | undefined {
  return release.sources.find(({ model }) => model.kind === kind);
}

/** The short head: the fewest items that together hold half of all interactions. The rest is the long tail. */
function findShortHead(interactionCounts: Int32Array): Uint8Array {
  const isHead = new Uint8Array(interactionCounts.length);
  const total = interactionCounts.reduce((sum, count) => sum + count, 0);
  const byCount = Array.from(interactionCounts.keys()).sort(
    (a, b) => interactionCounts[b]! - interactionCounts[a]! || a - b,
  );
  let held = 0;
  for (const item of byCount) {
    if (held * 2 >= total) break;
    isHead[item] = 1;
    held += interactionCounts[item]!;
  }
  return isHead;
}
