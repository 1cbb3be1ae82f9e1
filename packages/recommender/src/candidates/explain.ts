import type { NamedSource } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import { type Engine, sourceGoodFor } from '../engine/engine.ts';
import { tasteGenresOf } from '../facts/genre-order.ts';
import { hasWatched, type Query } from '../request/query.ts';
import type { Candidate, CandidateSource } from './candidate.ts';

/** Why an item is shown: facts for the client to put into words. Every figure is counted. */
export type Explanation =
  | { readonly code: 'because_you_watched'; readonly itemIndex: ItemIndex }
  | { readonly code: 'similar_to_your_taste'; readonly genres: readonly string[] }
  | { readonly code: 'popular_among_similar'; readonly userCount?: number }
  | { readonly code: 'trending_now'; readonly interactionCount?: number }
  /** The item is the first of a series, and a later one, named here, stands after it. */
  | { readonly code: 'first_of_series'; readonly itemIndex: ItemIndex }
  | { readonly code: 'from_the_catalogue'; readonly genres: readonly string[]; readonly year?: number };

const MAX_GENRES = 3;
/** Sources of these kinds explain by running a network. */
const NETWORKS: ReadonlySet<string> = new Set(['omission', 'resumed']);
/** The strongest contributors looked at for one that the user really watched or liked. */
const MAX_CONTRIBUTORS = 5;

/**
 * Explains a candidate by the source that contributed most to its score. Where that source has no true reason (its
 * contributor was only clicked, nothing was counted), the next one follows. Without any, the reason is the viewer's
 * taste or the trend, without details; of an item that only the catalogue brought, what the catalogue says. Networks
 * come last: where one contributed most, sums over the history that found the item come first, see
 * docs/decisions/0016-reasons-in-microseconds.md.
 */
export async function explainCandidate(
  engine: Engine,
  query: Query,
  { itemIndex, sources }: Pick<Candidate, 'itemIndex' | 'sources'>,
): Promise<Explanation> {
  for (const source of inOrderOfExplaining(sources)) {
    const explanation = await explainBySource(engine, query, source, itemIndex);
    if (explanation !== undefined) return explanation;
  }
  const isFromCatalogue = sources.every(({ source }) => source === engine.catalogueSource);
  if (isFromCatalogue && sources.length > 0) return describeByCatalogue(engine, itemIndex);
  // "Trending" would be untrue without recent engagements; a source that reads the history found it for the viewer's
  // taste.
  const isPersonal = sources.some(({ source }) => source.model.traits.reads !== 'nothing');
  return isPersonal ? { code: 'similar_to_your_taste', genres: [] } : { code: 'trending_now' };
}

/**
 * Returns the best true reason of a candidate that is not used up yet, such as a weaker contributor or what the next
 * source says; undefined where there is none. Networks are not asked: their contributors cost a run each.
 */
export async function explainOtherwise(
  engine: Engine,
  query: Query,
  { itemIndex, sources }: Pick<Candidate, 'itemIndex' | 'sources'>,
  isUsedUp: (explanation: Explanation) => boolean,
): Promise<Explanation | undefined> {
  for (const source of inOrderOfExplaining(sources)) {
    const { explains } = source.model.traits;
    if (NETWORKS.has(explains)) continue;
    const explanation =
      explains === 'sum'
        ? await explainByOtherContributor(query, source, itemIndex, query.retrieval, isUsedUp)
        : await explainBySource(engine, query, source, itemIndex);
    if (explanation !== undefined && !isUsedUp(explanation)) return explanation;
  }
  return undefined;
}

/** Names the strongest contributor that the viewer really watched or liked and that is not used up; or none. */
export async function explainByOtherContributor(
  query: Query,
  { model }: NamedSource,
  itemIndex: ItemIndex,
  sourceQuery: RetrievalQuery,
  isUsedUp: (explanation: Explanation) => boolean,
): Promise<Explanation | undefined> {
  const contributors = await model.contributors(sourceQuery, itemIndex, MAX_CONTRIBUTORS);
  return contributors
    .filter((contributor) => hasWatched(query, contributor.itemIndex))
    .map((contributor): Explanation => ({ code: 'because_you_watched', itemIndex: contributor.itemIndex }))
    .find((explanation) => !isUsedUp(explanation));
}

/** @param sources The largest contribution first. */
function* inOrderOfExplaining(sources: readonly CandidateSource[]): Iterable<NamedSource> {
  const isNetwork = ({ source }: CandidateSource): boolean => NETWORKS.has(source.model.traits.explains);
  const isSum = ({ source }: CandidateSource): boolean => source.model.traits.explains === 'sum';
  const sumsFirst = sources[0] !== undefined && isNetwork(sources[0]);
  if (sumsFirst) for (const each of sources) if (isSum(each)) yield each.source;
  for (const each of sources) if (!isNetwork(each) && !(sumsFirst && isSum(each))) yield each.source;
  for (const each of sources) if (isNetwork(each)) yield each.source;
}

/**
 * Returns one source's reason for an item; undefined where it has no true one, or fails. The item stays in either case.
 *
 * @param sourceQuery The source's query, where it differs from the whole history (a row about one item).
 */
export async function explainBySource(
  engine: Engine,
  query: Query,
  source: NamedSource,
  itemIndex: ItemIndex,
  sourceQuery: RetrievalQuery = query.retrieval,
): Promise<Explanation | undefined> {
  try {
    return await reasonOf(engine, query, source, itemIndex, sourceQuery);
  } catch {
    return undefined;
  }
}

async function reasonOf(
  engine: Engine,
  query: Query,
  source: NamedSource,
  itemIndex: ItemIndex,
  sourceQuery: RetrievalQuery,
): Promise<Explanation | undefined> {
  switch (source.model.traits.explains) {
    case 'sum':
    case 'omission':
    case 'resumed':
      return explainByContributor(query, source, itemIndex, sourceQuery);
    case 'genres':
      // Disliking one genre raises the share of all others; that alone is no taste for them.
      return explainByGenres(engine, query, genresByEvidence(engine, source, sourceQuery, itemIndex));
    case 'item-genres':
      return explainByGenres(engine, query, [...engine.catalogue.genres[itemIndex]!]);
    case 'neighbors': {
      const userCount = source.model.evidence?.(sourceQuery, itemIndex).userCount ?? 0;
      return userCount > 0 ? { code: 'popular_among_similar', userCount } : undefined;
    }
    case 'popularity':
      return explainByPopularity(engine, query, itemIndex);
  }
}

/** Names the strongest contributor that the viewer really watched or liked. */
export async function explainByContributor(
  query: Query,
  { model }: NamedSource,
  itemIndex: ItemIndex,
  sourceQuery: RetrievalQuery,
): Promise<Explanation | undefined> {
  // The first one nearly always qualifies, and each costs a little.
  for (const limit of [1, MAX_CONTRIBUTORS]) {
    const contributors = await model.contributors(sourceQuery, itemIndex, limit);
    const contributor = contributors.find((candidate) => hasWatched(query, candidate.itemIndex));
    if (contributor !== undefined) return { code: 'because_you_watched', itemIndex: contributor.itemIndex };
  }
  return undefined;
}

/** Returns the genres by which the source found the item, of those that the item still has. */
function genresByEvidence(
  { catalogue }: Engine,
  { model }: NamedSource,
  sourceQuery: RetrievalQuery,
  itemIndex: ItemIndex,
): readonly number[] {
  const present = catalogue.genres[itemIndex]!;
  return (model.evidence?.(sourceQuery, itemIndex).genres ?? []).filter((genre) => present.includes(genre));
}

/** Names the most telling of these genres that the viewer likes. */
function explainByGenres(engine: Engine, query: Query, genres: readonly number[]): Explanation | undefined {
  const liked = genres.filter((genre) => query.tasteGenres.has(genre));
  if (liked.length === 0) return undefined;
  const names = tasteGenresOf(engine.catalogue, liked);
  return { code: 'similar_to_your_taste', genres: names.slice(0, MAX_GENRES) };
}

/** Says what the catalogue says of the item: nobody need have met it for that to be true. */
function describeByCatalogue({ catalogue }: Engine, itemIndex: ItemIndex): Explanation {
  const year = catalogue.years[itemIndex]!;
  const genres = tasteGenresOf(catalogue, catalogue.genres[itemIndex]!).slice(0, MAX_GENRES);
  return { code: 'from_the_catalogue', genres, ...(year > 0 && { year }) };
}

/** Undefined where nobody engaged with the item lately, however popular it once was. */
export function explainByPopularity(engine: Engine, query: Query, itemIndex: ItemIndex): Explanation | undefined {
  const recent = sourceGoodFor(engine, 'popular-lately');
  const interactionCount = recent?.model.evidence?.(query.retrieval, itemIndex).interactionCount ?? 0;
  return interactionCount > 0 ? { code: 'trending_now', interactionCount } : undefined;
}
