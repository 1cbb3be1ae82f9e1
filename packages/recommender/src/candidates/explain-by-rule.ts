import type { NamedSource } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';
import type { SourceRole } from '@matinee/models/retrieval';
import type { Engine } from '../engine/engine.ts';
import type { Query } from '../request/query.ts';
import type { Candidate } from './candidate.ts';
import { type Explanation, explainByContributor, explainByPopularity, explainCandidate } from './explain.ts';

/**
 * Explains a candidate by the kinds of its sources, in this order: a sequence model found it, and the reason is the
 * item of the history that moves this model most; else the two-tower model did, and it is the viewer's taste; else a
 * source over similar users or items did; else it is what is popular. Of an item that only the catalogue brought,
 * nothing of this need be true: it is the genres that the viewer likes, or what the catalogue says. Where no item of
 * the history that the viewer watched or liked moves the sequence model, the next rule speaks.
 *
 * This is the rule of the stable contract (docs/api.md). Pages explain by contribution, see `explain.ts`.
 */
export async function explainByRule(
  engine: Engine,
  query: Query,
  { itemIndex, sources }: Pick<Candidate, 'itemIndex' | 'sources'>,
): Promise<Explanation> {
  const foundBy = (role: SourceRole): NamedSource | undefined =>
    sources.find(({ source }) => source.model.traits.role === role)?.source;
  const sequence = foundBy('sequence');
  if (sequence !== undefined) {
    const source = resumedSource(engine) ?? sequence;
    const explanation = await explainByContributor(query, source, itemIndex, query.retrieval).catch(() => undefined);
    if (explanation !== undefined && isRecent(query, explanation)) return explanation;
  }
  const isFromCatalogue = sources.every(({ source }) => source === engine.catalogueSource);
  if (isFromCatalogue && sources.length > 0) return explainCandidate(engine, query, { itemIndex, sources });
  if (foundBy('two-tower') !== undefined) return { code: 'similar_to_your_taste', genres: [] };
  if (foundBy('collaborative') !== undefined) return { code: 'popular_among_similar' };
  return countTrend(engine, query, itemIndex);
}

/** The trend with its count, where there is one. */
function countTrend(engine: Engine, query: Query, itemIndex: ItemIndex): Explanation {
  try {
    return explainByPopularity(engine, query, itemIndex) ?? { code: 'trending_now' };
  } catch {
    return { code: 'trending_now' };
  }
}

/** Whether "recently" is true of the named item: of data without times, only what the log adds is recent. */
function isRecent({ isOrdered, feedback }: Query, explanation: Explanation): boolean {
  return explanation.code !== 'because_you_watched' || isOrdered || feedback.byItem.has(explanation.itemIndex);
}

/**
 * The sequence model whose reasons cost least, where the release has one: one model then gives all reasons of a list.
 */
function resumedSource({ release }: Engine): NamedSource | undefined {
  return release.sources.find(({ model }) => model.traits.explains === 'resumed');
}
