import type { Card, Explanation as ExplanationBody, FeedbackState as FeedbackBody, Maturity } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { isPosterUrl } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import {
  type Engine,
  type Explanation,
  explainRow,
  type FeedbackState,
  genresOfItem,
  maturitySourceOf,
  type Placement,
} from '@matinee/recommender';
import { type PosterSubject, posterVersion } from '../posters/poster.ts';
import type { ServedEngine } from '../serving/snapshot.ts';

/** Converts an item to a card of the page. */
export function toCard(engine: ServedEngine, itemIdx: ItemIndex, feedback?: FeedbackState, why?: Explanation): Card {
  return {
    itemIdx,
    itemId: engine.catalogue.vocabulary.ids[itemIdx] ?? '',
    title: titleOf(engine, itemIdx),
    year: engine.catalogue.years[itemIdx] || null,
    genres: genresOf(engine, itemIdx),
    maturity: maturityOf(engine, itemIdx),
    posterUrl: posterUrlOf(engine, itemIdx),
    ...(why === undefined ? {} : { why: toExplanationBody(engine, why) }),
    feedback: toFeedbackBody(feedback, itemIdx),
  };
}

/** Converts the items of a row to cards with explanations, of which no more than a few are equal. */
export async function toExplainedCards(
  engine: ServedEngine,
  placements: readonly Placement[],
  feedback: FeedbackState,
): Promise<Card[]> {
  const reasons = await explainRow(placements);
  return placements.map(({ itemIndex, propensity }, position) => ({
    ...toCard(engine, itemIndex, feedback, reasons[position]),
    ...defined({ propensity }),
  }));
}

export function toFeedbackBody(feedback: FeedbackState | undefined, itemIdx: ItemIndex): FeedbackBody {
  const item = feedback?.byItem.get(itemIdx);
  return { taste: item?.taste ?? null, watched: item?.watched ?? false, skipped: item?.skipped ?? false };
}

export function toExplanationBody(engine: Engine, explanation: Explanation): ExplanationBody {
  switch (explanation.code) {
    case 'because_you_watched':
    case 'first_of_series': {
      const { itemIndex } = explanation;
      return { code: explanation.code, params: { itemIdx: itemIndex, title: titleOf(engine, itemIndex) } };
    }
    case 'similar_to_your_taste':
      return { code: explanation.code, params: { genres: [...explanation.genres] } };
    case 'popular_among_similar':
      return { code: explanation.code, params: defined({ userCount: explanation.userCount }) };
    case 'trending_now': {
      const { interactionCount } = explanation;
      return { code: explanation.code, params: interactionCount === undefined ? {} : { interactionCount } };
    }
    case 'from_the_catalogue': {
      const { genres, year } = explanation;
      return {
        code: explanation.code,
        params: { ...(genres.length > 0 && { genres: [...genres] }), ...defined({ year }) },
      };
    }
  }
}

/** Returns the title, or the id where the catalogue has no title: the page has to call it something. */
export function titleOf({ catalogue }: Engine, itemIdx: ItemIndex): string {
  return catalogue.titles[itemIdx] ?? catalogue.vocabulary.ids[itemIdx] ?? '';
}

/** Returns the genres, the most telling first: a card has room for one. */
export function genresOf({ catalogue }: Engine, itemIdx: ItemIndex): string[] {
  return [...genresOfItem(catalogue, itemIdx)];
}

/** Returns the age from which the title may be seen, and whether it is listed for it or estimated; null if unknown. */
export function maturityOf({ facts }: Engine, itemIdx: ItemIndex): Maturity | null {
  const source = maturitySourceOf(facts, itemIdx);
  return source === 'unknown' ? null : { age: facts.maturityAges[itemIdx]!, source };
}

/** Returns the catalogue's poster if it has one, else a generated one, whose address contains its version. */
export function posterUrlOf(engine: ServedEngine, itemIdx: ItemIndex): string {
  const known = posterUrls.get(engine) ?? [];
  posterUrls.set(engine, known);
  known[itemIdx] ??= findPosterUrl(engine, itemIdx);
  return known[itemIdx];
}

/** Of the titles that were shown, by item: an address takes a hash of what is drawn. */
const posterUrls = new WeakMap<ServedEngine, string[]>();

function findPosterUrl(engine: ServedEngine, itemIdx: ItemIndex): string {
  const own = engine.catalogue.posterUrls[itemIdx];
  if (own !== undefined && isPosterUrl(own)) return own;
  return `${engine.basePath}/api/v1/items/${itemIdx}/poster?v=${posterVersion(posterSubjectOf(engine, itemIdx))}`;
}

export function posterSubjectOf(engine: Engine, itemIdx: ItemIndex): PosterSubject {
  const { vocabulary, years } = engine.catalogue;
  return {
    itemId: vocabulary.ids[itemIdx] ?? '',
    title: titleOf(engine, itemIdx),
    year: years[itemIdx] ?? 0,
    genres: genresOf(engine, itemIdx),
  };
}
