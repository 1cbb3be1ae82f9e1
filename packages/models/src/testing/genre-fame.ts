import { topK } from '@matinee/numerics';
import Type, { type Static } from 'typebox';
import { defineFamily } from '../retrieval/define-family.ts';
import type { FamilyTraits } from '../retrieval/family-traits.ts';
import type { RetrievalModel, RetrievalQuery } from '../retrieval/retrieval-model.ts';

const KIND = 'genre-fame';
const VERSION = 1;

const genreFameConfigSchema = Type.Object(
  {
    /** Exponent of an item's popularity in its score. */
    fame: Type.Number({ minimum: 0, maximum: 2 }),
  },
  { additionalProperties: false },
);

type GenreFameConfig = Static<typeof genreFameConfigSchema>;

const TRAITS: FamilyTraits = {
  reads: 'history',
  explains: 'sum',
  training: 'direct',
  liveUpdates: 'never',
  // No family of the generation in the test raises this flag.
  role: 'two-tower',
  answerName: 'genre_fame',
  searchSpace: { fame: { uniform: [0.5, 1.5] } },
  goodFor: ['neighbors'],
  notes: {
    summary: 'Popular titles of the same first genre.',
    code: 'packages/models/src/testing/genre-fame.ts',
    card: 'docs/models/genre-affinity.md',
  },
};

/** A toy, complete in this file: Σ weight of the history's items with the same first genre, times popularity^fame. */
export const genreFameFamily = defineFamily<GenreFameConfig>({
  kind: KIND,
  version: VERSION,
  schema: genreFameConfigSchema,
  defaults: { fame: 1 },
  traits: TRAITS,
  async fit({ interactions, items }, config) {
    const counts = new Float32Array(items.vocabulary.ids.length);
    for (const item of interactions.itemIndices.subarray(0, interactions.count)) counts[item] += 1;
    const genres = Int32Array.from(items.genres, ([first = -1]) => first);
    return createGenreFameModel(config, genres, counts);
  },
  async load({ arrays }, config) {
    return createGenreFameModel(config, arrays['genres'] as Int32Array, arrays['counts'] as Float32Array);
  },
});

function createGenreFameModel(config: GenreFameConfig, genres: Int32Array, counts: Float32Array): RetrievalModel {
  const itemCount = genres.length;
  const scoreOf = ({ history }: RetrievalQuery, item: number): number => {
    if (!(counts[item] > 0)) return Number.NaN;
    const shared = history.weights.reduce(
      (sum, weight, at) => (genres[history.itemIndices[at]] === genres[item] ? sum + weight : sum),
      0,
    );
    return shared === 0 ? Number.NaN : shared * counts[item] ** config.fame;
  };
  return {
    kind: KIND,
    traits: TRAITS,
    itemCount,
    async scoreAll(query, scores) {
      for (let item = 0; item < itemCount; item++) scores[item] = scoreOf(query, item);
    },
    async retrieve(query, n, excluded) {
      const scores = Float32Array.from({ length: itemCount }, (_, item) => scoreOf(query, item));
      const itemIndices = topK(scores, n, excluded);
      return { itemIndices, scores: Float32Array.from(itemIndices, (item) => scores[item]) };
    },
    async contributors({ history }, itemIndex, limit) {
      return Array.from(history.itemIndices, (item, at) => ({ itemIndex: item, contribution: history.weights[at] }))
        .filter((each) => each.contribution > 0 && genres[each.itemIndex] === genres[itemIndex])
        .sort((a, b) => b.contribution - a.contribution || a.itemIndex - b.itemIndex)
        .slice(0, limit);
    },
    save: () => ({ kind: KIND, version: VERSION, config: { ...config }, arrays: { genres, counts } }),
  };
}
