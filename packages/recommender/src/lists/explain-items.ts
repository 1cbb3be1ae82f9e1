import type { ItemIndex } from '@matinee/models/data';
import type { FeatureContribution } from '@matinee/models/ranking';
import { defined, type Pause } from '@matinee/numerics';
import type { Candidate } from '../candidates/candidate.ts';
import type { Explanation } from '../candidates/explain.ts';
import { explainByRule } from '../candidates/explain-by-rule.ts';
import type { FoundItems } from '../candidates/trace.ts';
import type { Engine } from '../engine/engine.ts';
import type { SectionKind } from '../page/rows/section.ts';
import type { Query, RecommendInput } from '../request/query.ts';

/** One item of a list. */
export interface RecommendedItem {
  readonly candidate: Candidate;
  /** The section of the page that the item would belong to. */
  readonly section: SectionKind;
  readonly explanation: Explanation;
  /** Present where the item stands there as the first of a series: the later title after it. */
  readonly beforeInSeries?: ItemIndex;
  /** Features with the largest effect on the ranker's score; present if `explainScore` was set and a ranker scored. */
  readonly moved?: readonly FeatureEffect[];
}

/** A feature, its value for an item, and what it added to the ranker's score. */
interface FeatureEffect extends FeatureContribution {
  readonly value: number;
}

/** The candidates of a list, in its order. */
interface ListedCandidates {
  readonly candidates: readonly Candidate[];
  /** The later title of a series by the first one, where the list has put that before it. */
  readonly seriesFirsts: ReadonlyMap<ItemIndex, ItemIndex>;
}

/** Features named per item. */
const MAX_FEATURES = 5;

/**
 * Adds to each candidate its reason by the rule of the stable contract, its section and, where the input says so, the
 * features behind its score.
 *
 * @param pause Called between items, which are then explained one after the other.
 */
export async function explainItems(
  engine: Engine,
  { explainScore }: RecommendInput,
  found: FoundItems,
  { candidates, seriesFirsts }: ListedCandidates,
  pause?: Pause,
): Promise<readonly RecommendedItem[]> {
  const explain = async (candidate: Candidate): Promise<RecommendedItem> => {
    const explanation = await explainByRule(engine, found.query, candidate);
    const moved = explainScore ? largestEffects(engine, found, candidate.itemIndex) : undefined;
    const beforeInSeries = seriesFirsts.get(candidate.itemIndex);
    const section = sectionOf(found.query, explanation);
    return { candidate, explanation, section, ...defined({ moved, beforeInSeries }) };
  };
  if (pause === undefined) return Promise.all(candidates.map(explain));
  const items: RecommendedItem[] = [];
  for (const candidate of candidates) {
    await pause();
    items.push(await explain(candidate));
  }
  return items;
}

/** Exact Shapley values of the trees; `undefined` without a ranker, and for items below the depth it ranks. */
function largestEffects(
  { release }: Engine,
  { pool, features }: FoundItems,
  itemIndex: ItemIndex,
): FeatureEffect[] | undefined {
  if (release.ranking === undefined || features === undefined) return undefined;
  const { ranker, schema } = release.ranking;
  const width = schema.features.length;
  const position = pool.itemIndices.indexOf(itemIndex);
  if (position < 0 || (position + 1) * width > features.length) return undefined;
  const values = features.subarray(position * width, (position + 1) * width);
  const [contributions = []] = ranker.explain(values, 1, MAX_FEATURES);
  return contributions.map((each) => ({ ...each, value: values[schema.names.indexOf(each.feature)]! }));
}

/** The section of the page for items with this reason. */
function sectionOf(query: Query, explanation: Explanation): SectionKind {
  switch (explanation.code) {
    case 'because_you_watched':
      return query.intentItems.includes(explanation.itemIndex) ? 'from_your_recent_intent' : 'because_you_watched';
    case 'similar_to_your_taste':
    case 'popular_among_similar':
      return 'similar_to_your_taste';
    case 'trending_now':
      return 'popular_right_now';
    case 'first_of_series':
    case 'from_the_catalogue':
      return 'from_the_catalogue';
  }
}
