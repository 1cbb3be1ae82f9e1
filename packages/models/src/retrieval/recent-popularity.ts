import Type, { type Static } from 'typebox';
import { requireArray } from '../artifacts/artifact-fields.ts';
import { markOncePerWindow, sumOverPeople } from './count-people.ts';
import { defineFamily, type SourceFamily } from './define-family.ts';
import type { FamilyTraits } from './family-traits.ts';
import { orderScores } from './ordered-scores.ts';
import { retrieveInOrder, withoutScores } from './popularity.ts';
import type { RetrievalModel } from './retrieval-model.ts';

const KIND = 'recent-popularity';
const VERSION = 1;
const SECONDS_A_DAY = 86_400;

const recentPopularityConfigSchema = Type.Object(
  {
    /** Days after which an interaction counts half. Also the window of the people that explanations count. */
    halfLifeDays: Type.Number({ exclusiveMinimum: 0, maximum: 36_500 }),
  },
  { additionalProperties: false },
);

export type RecentPopularityConfig = Static<typeof recentPopularityConfigSchema>;

const TRAITS: FamilyTraits = {
  reads: 'nothing',
  explains: 'popularity',
  training: 'direct',
  fitsCatalogueAlone: true,
  liveUpdates: 'fading-sums',
  role: 'prior',
  answerName: 'popular',
  searchSpace: { halfLifeDays: { log: [15, 3650] } },
  goodFor: ['popular-lately'],
  notes: {
    summary:
      'The titles that most people engage with lately. Everybody counts once a month and fades with a half-life.',
    code: 'packages/models/src/retrieval/recent-popularity.ts',
    card: 'docs/models/popularity.md',
  },
};

/**
 * What people engage with lately: an item's score is Σ weight · 2^(−age / halfLifeDays) over its positive interactions,
 * age measured back from the moment of training. A person counts once for an item in thirty days, however often they
 * repeat what they do, as in what the log adds later. All ages grow alike between training and a request, so the order
 * stays.
 *
 * fit O(interactions); retrieve O(n), and O(items · log items) once.
 */
export const recentPopularityFamily: SourceFamily<RecentPopularityConfig> = defineFamily<RecentPopularityConfig>({
  kind: KIND,
  version: VERSION,
  schema: recentPopularityConfigSchema,
  defaults: { halfLifeDays: 365 },
  traits: TRAITS,
  async fit(data, config) {
    const { interactions, items, asOf } = data;
    const itemCount = items.vocabulary.ids.length;
    const ageDays = (row: number): number => Math.max(0, asOf - interactions.timestamps[row]) / SECONDS_A_DAY;
    const counts = markOncePerWindow(interactions, itemCount);
    const sums = new Float64Array(itemCount);
    for (let row = 0; row < interactions.count; row++) {
      if (counts[row] === 0) continue;
      sums[interactions.itemIndices[row]] += interactions.weights[row] * 2 ** (-ageDays(row) / config.halfLifeDays);
    }
    const recentCounts = sumOverPeople(interactions, itemCount, (row) =>
      interactions.weights[row] > 0 && ageDays(row) <= config.halfLifeDays ? 1 : 0,
    );
    // Very old interactions come to 0 in single precision; they still rank above none at all.
    const scores = Float32Array.from(sums, (sum) => (sum > 0 ? sum : Number.NaN));
    return createRecentPopularityModel(config, scores, Int32Array.from(recentCounts));
  },
  async load(artifact, config) {
    const scores = requireArray(artifact, 'scores', Float32Array);
    return createRecentPopularityModel(
      config,
      scores,
      requireArray(artifact, 'recentCounts', Int32Array, scores.length),
    );
  },
});

function createRecentPopularityModel(
  config: RecentPopularityConfig,
  itemScores: Float32Array,
  recentCounts: Int32Array,
): RetrievalModel {
  return {
    kind: KIND,
    traits: TRAITS,
    itemCount: itemScores.length,
    ...retrieveInOrder(orderScores(itemScores)),
    contributors: async () => [],
    async grow({ vocabulary: { ids } }) {
      const counts = new Int32Array(ids.length);
      counts.set(recentCounts);
      return createRecentPopularityModel(config, withoutScores(itemScores, ids.length), counts);
    },
    evidence: (_query, itemIndex) => ({
      interactionCount: recentCounts[itemIndex],
      withinDays: config.halfLifeDays,
    }),
    save: () => ({ kind: KIND, version: VERSION, config: { ...config }, arrays: { scores: itemScores, recentCounts } }),
  };
}
