import { MatineeError } from '@matinee/numerics';
import type { NamedSource } from '../blend/blend.ts';
import { type Dataset, type DatasetParts, ITEM_CONTENT, type ItemContent } from '../data/dataset.ts';
import { findSourceFamily } from '../families/find-source-family.ts';
import { STATISTICS_READ } from '../features/feature-statistics.ts';
import type { GenerationConfig } from '../generations/generation-config.ts';
import type { LearnedFrom, Release } from './release.ts';

/**
 * The content that may change under a release although it learned from it: models hold their own copy of what they
 * learned, and nothing of it is shown. Genres are not among it: reasons name them.
 */
const MAY_BE_EARLIER: readonly ItemContent[] = ['years', 'titles', 'tags'];

/** Returns what of a data set these sources, and the ranker if there is one, learn from; undefined without its parts. */
export function learnedFrom(
  { parts }: Pick<Dataset, 'parts'>,
  models: readonly Pick<NamedSource['model'], 'traits'>[],
  isRanked: boolean,
): LearnedFrom | undefined {
  if (parts === undefined) return undefined;
  const read = new Set(isRanked ? STATISTICS_READ : []);
  for (const { traits } of models) for (const content of traits.readsOfItems ?? []) read.add(content);
  const learned = ITEM_CONTENT.filter((content) => read.has(content)).map((content) => [content, parts[content]]);
  return { events: parts.events, ...Object.fromEntries(learned) };
}

/** As {@link learnedFrom}, of what a configuration will train. */
export function willLearnFrom(
  dataset: Pick<Dataset, 'parts'>,
  { sources, ranker }: Pick<GenerationConfig, 'sources' | 'ranker'>,
): LearnedFrom | undefined {
  return learnedFrom(
    dataset,
    Object.values(sources).map(({ family }) => findSourceFamily(family)),
    ranker !== 'none',
  );
}

/** Returns the part of {@link LearnedFrom} that a release can be served without. */
export function withoutEarlierContent(learned: LearnedFrom): LearnedFrom {
  return Object.fromEntries(
    Object.entries(learned).filter(([part]) => !MAY_BE_EARLIER.some((content) => content === part)),
  ) as LearnedFrom;
}

type TrainedOn = Pick<Release, 'version' | 'datasetHash' | 'learnedFrom'>;
type Served = Pick<Dataset, 'name' | 'hash' | 'parts'>;

/**
 * Requires that a release can serve a data set: what it learned of it is as it was. What no model of it learned from may
 * have changed, and so may years, titles and tags, see {@link earlierContent}. A release from before this was recorded
 * needs the same data.
 *
 * @throws {MatineeError} `RELEASE_MISMATCH` naming what has changed.
 */
export function requireSameData({ version, datasetHash, learnedFrom: learned }: TrainedOn, served: Served): void {
  const { name, hash, parts } = served;
  if (datasetHash === hash) return;
  const refuse = (what: string): never => {
    throw new MatineeError('RELEASE_MISMATCH', `release ${version} ${what}; run: matinee train`);
  };
  if (learned === undefined || parts === undefined || learned.events !== parts.events) {
    refuse(`was trained on data ${datasetHash.slice(0, 12)}, but data set "${name}" is ${hash.slice(0, 12)}`);
    return;
  }
  const changed = changedContent(learned, parts).filter((content) => !mayBeEarlier(content));
  if (changed.length > 0) refuse(`learned from the ${changed.join(' and ')} of titles, which have changed since`);
}

/**
 * Returns what a release learned of the item table that reads otherwise now and may: it is served all the same, and its
 * models know the earlier text until they are trained again.
 */
export function earlierContent({ learnedFrom: learned }: TrainedOn, { parts }: Served): readonly ItemContent[] {
  if (learned === undefined || parts === undefined) return [];
  return changedContent(learned, parts).filter(mayBeEarlier);
}

function mayBeEarlier(content: ItemContent): boolean {
  return MAY_BE_EARLIER.includes(content);
}

function changedContent(learned: LearnedFrom, parts: DatasetParts): readonly ItemContent[] {
  return ITEM_CONTENT.filter((content) => learned[content] !== undefined && learned[content] !== parts[content]);
}
