import type { NamedSource } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import { type Engine, sourceOfKind } from '../engine/engine.ts';
import { hasWatched, type Query } from '../request/query.ts';
import type { Candidate, CandidateSource } from './candidate.ts';

/** Why a title is there: facts for the client to put into words. Every figure is counted. */
export type Explanation =
  | { readonly code: 'because_you_watched'; readonly itemIndex: ItemIndex }
  | { readonly code: 'similar_to_your_taste'; readonly genres: readonly string[] }
  | { readonly code: 'popular_among_similar'; readonly userCount: number }
  | { readonly code: 'trending_now'; readonly interactionCount?: number };

const MAX_GENRES = 3;
/** The strongest contributors looked at for one that the user really watched or liked. */
const MAX_CONTRIBUTORS = 5;

/** The same for everybody. */
const POPULARITY: ReadonlySet<string> = new Set(['popularity', 'recent-popularity']);
/** Their scores are sums over the history: what each item adds is known at once. */
const SUMS: ReadonlySet<string> = new Set(['item-knn', 'ease', 'ials']);
/** What an item adds to their scores is known once they have run without it: milliseconds. */
const NETWORKS: ReadonlySet<string> = new Set(['gru4rec', 'sasrec', 'time-transformer']);

/**
 * Explains a candidate by the source that contributed most to its score. Where that source cannot give a true reason
 * (its contributor was only clicked, nothing was counted), the next one is asked; that it is to their taste, or trending, without
 * more, is what remains. Networks are asked last, and speak through the sums over the history that found the title as well: see
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
  // Of a title that nobody turned to lately "trending" would be untrue; whoever asks by history and found it means their taste.
  const isPersonal = sources.some(({ source }) => !POPULARITY.has(source.model.kind));
  return isPersonal ? { code: 'similar_to_your_taste', genres: [] } : { code: 'trending_now' };
}

/** @param sources The largest contribution first. */
function* inOrderOfExplaining(sources: readonly CandidateSource[]): Iterable<NamedSource> {
  const isNetwork = ({ source }: CandidateSource): boolean => NETWORKS.has(source.model.kind);
  const isSum = ({ source }: CandidateSource): boolean => SUMS.has(source.model.kind);
  const sumsFirst = sources[0] !== undefined && isNetwork(sources[0]);
  if (sumsFirst) for (const each of sources) if (isSum(each)) yield each.source;
  for (const each of sources) if (!isNetwork(each) && !(sumsFirst && isSum(each))) yield each.source;
  for (const each of sources) if (isNetwork(each)) yield each.source;
}

/**
 * The reason that one source has for one title; undefined where it has none that is true, or fails: the title stays.
 *
 * @param sourceQuery What the source was asked, where that differs from the whole history (a row about one title).
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
  switch (source.model.kind) {
    case 'item-knn':
    case 'ease':
    case 'ials':
    case 'gru4rec':
    case 'sasrec':
    case 'time-transformer': {
      // Nearly always the first will do, and each costs a little.
      for (const limit of [1, MAX_CONTRIBUTORS]) {
        const contributors = await source.model.contributors(sourceQuery, itemIndex, limit);
        const contributor = contributors.find((candidate) => hasWatched(query, candidate.itemIndex));
        if (contributor !== undefined) return { code: 'because_you_watched', itemIndex: contributor.itemIndex };
      }
      return undefined;
    }
    case 'genre-affinity': {
      // Turning down one genre raises the share of all others; that alone is no taste for them.
      const genres = (source.model.evidence?.(sourceQuery, itemIndex).genres ?? []).filter((genre) =>
        query.tasteGenres.has(genre),
      );
      if (genres.length === 0) return undefined;
      const names = genres.slice(0, MAX_GENRES).map((genre) => engine.catalogue.genreNames[genre]!);
      return { code: 'similar_to_your_taste', genres: names };
    }
    case 'two-tower': {
      const genres = [...engine.catalogue.genres[itemIndex]!].filter((genre) => query.tasteGenres.has(genre));
      if (genres.length === 0) return undefined;
      const names = genres.slice(0, MAX_GENRES).map((genre) => engine.catalogue.genreNames[genre]!);
      return { code: 'similar_to_your_taste', genres: names };
    }
    case 'user-knn': {
      const userCount = source.model.evidence?.(sourceQuery, itemIndex).userCount ?? 0;
      return userCount > 0 ? { code: 'popular_among_similar', userCount } : undefined;
    }
    default:
      return explainByPopularity(engine, query, itemIndex);
  }
}

/** Undefined where nobody turned to the title lately, however popular it once was. */
function explainByPopularity(engine: Engine, query: Query, itemIndex: ItemIndex): Explanation | undefined {
  const recent = sourceOfKind(engine, 'recent-popularity');
  const interactionCount = recent?.model.evidence?.(query.retrieval, itemIndex).interactionCount ?? 0;
  return interactionCount > 0 ? { code: 'trending_now', interactionCount } : undefined;
}
