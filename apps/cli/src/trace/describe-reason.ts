import type { Explanation } from '@matinee/recommender';
import { asText, listed, plural } from './markdown.ts';
import { titleOf } from './page.ts';
import type { RequestTrace } from './trace-request.ts';

/** An explanation in words. */
export function describeReason(trace: RequestTrace, explanation: Explanation): string {
  switch (explanation.code) {
    case 'because_you_watched':
      return `because of ${titleOf(trace, explanation.itemIndex)}`;
    case 'similar_to_your_taste':
      return explanation.genres.length === 0 ? 'taste' : `taste for ${listed(explanation.genres.map(asText))}`;
    case 'popular_among_similar':
      return explanation.userCount === undefined
        ? 'people with a history like this'
        : `${plural(explanation.userCount, 'person', 'people')} with a history like this`;
    case 'trending_now':
      return explanation.interactionCount === undefined
        ? 'popular'
        : `popular: ${plural(explanation.interactionCount, 'person', 'people')} of late`;
    case 'first_of_series':
      return `first of a series, before ${titleOf(trace, explanation.itemIndex)}`;
    case 'from_the_catalogue':
      return `in the catalogue: ${listed([...explanation.genres.map(asText), ...(explanation.year === undefined ? [] : [String(explanation.year)])])}`;
  }
}
