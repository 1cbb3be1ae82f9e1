import type { SectionName } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import type { Engine, Explanation, SectionKind } from '@matinee/recommender';

/** Names of the sections in the stable contract. */
const SECTIONS: Readonly<Record<SectionKind, SectionName>> = {
  popular_right_now: 'Popular right now',
  similar_to_your_taste: 'Similar to your taste',
  because_you_watched: 'Because you watched',
  from_your_recent_intent: 'From your recent intent',
  mixed_discovery: 'Mixed discovery',
  from_the_catalogue: 'Mixed discovery',
};

export function sectionName(kind: SectionKind): SectionName {
  return SECTIONS[kind];
}

/** Why a title stands before a later one of its series. */
export function seriesText({ catalogue: { titles, vocabulary } }: Engine, later: ItemIndex): string {
  return `First part of a series, before ${titles[later] ?? vocabulary.ids[later]}`;
}

/** A reason in the words of the stable contract. */
export function reasonText(engine: Engine, explanation: Explanation): string {
  switch (explanation.code) {
    case 'because_you_watched': {
      const { titles, vocabulary } = engine.catalogue;
      const item = explanation.itemIndex;
      return `Because you watched ${titles[item] ?? vocabulary.ids[item]} recently`;
    }
    case 'similar_to_your_taste':
      return 'Similar to your taste';
    case 'popular_among_similar':
      return 'Popular among similar users';
    case 'trending_now':
      return 'Trending now';
    case 'first_of_series':
      return seriesText(engine, explanation.itemIndex);
    case 'from_the_catalogue': {
      const facts = [...explanation.genres, ...(explanation.year === undefined ? [] : [String(explanation.year)])];
      return facts.length === 0 ? 'From the catalogue' : `From the catalogue: ${facts.join(', ')}`;
    }
  }
}
