import Type, { type Static } from 'typebox';
import { requireArray } from '../artifacts/artifact-fields.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { sumOverPeople } from './count-people.ts';
import { defineFamily, type SourceFamily } from './define-family.ts';
import type { FamilyTraits } from './family-traits.ts';
import { type OrderedScores, orderScores } from './ordered-scores.ts';
import type { RetrievalModel } from './retrieval-model.ts';
import { takeScores } from './select-top.ts';

const KIND = 'popularity';
const VERSION = 1;

const popularityConfigSchema = Type.Object({}, { additionalProperties: false });

/** Nothing to choose. */
export type PopularityConfig = Static<typeof popularityConfigSchema>;

const TRAITS: FamilyTraits = {
  reads: 'nothing',
  explains: 'popularity',
  training: 'direct',
  fitsCatalogueAlone: true,
  liveUpdates: 'never',
  role: 'prior',
  answerName: 'popular',
  searchSpace: {},
  goodFor: ['popular-ever'],
  notes: {
    summary: 'The titles that most people ever engaged with.',
    code: 'packages/models/src/retrieval/popularity.ts',
    card: 'docs/models/popularity.md',
  },
};

/**
 * What most people engage with: an item's score is the sum over people of the largest weight of their interactions with
 * it, whenever they were. So everybody counts once for an item, however often they repeat what they do. The same for
 * everybody; items without a positive interaction have no score.
 *
 * fit O(interactions); retrieve O(n), and O(items · log items) once.
 */
export const popularityFamily: SourceFamily<PopularityConfig> = defineFamily<PopularityConfig>({
  kind: KIND,
  version: VERSION,
  schema: popularityConfigSchema,
  defaults: {},
  traits: TRAITS,
  async fit(data) {
    return createPopularityModel(sumWeights(data));
  },
  async load(artifact) {
    return createPopularityModel(requireArray(artifact, 'scores', Float32Array));
  },
});

function createPopularityModel(itemScores: Float32Array): RetrievalModel {
  return {
    kind: KIND,
    traits: TRAITS,
    itemCount: itemScores.length,
    ...retrieveInOrder(orderScores(itemScores)),
    contributors: async () => [],
    grow: async ({ vocabulary }) => createPopularityModel(withoutScores(itemScores, vocabulary.ids.length)),
    save: () => ({ kind: KIND, version: VERSION, config: {}, arrays: { scores: itemScores } }),
  };
}

/** How a model retrieves whose scores are the same for everybody. */
export function retrieveInOrder({
  scores: itemScores,
  top,
}: OrderedScores): Pick<RetrievalModel, 'scoreAll' | 'retrieve' | 'retrieveAndScore'> {
  return {
    scoreAll: async (_query, scores) => scores.set(itemScores),
    retrieve: async (_query, n, excluded) => top(n, excluded),
    retrieveAndScore: async (_query, n, excluded) => ({
      items: top(n, excluded),
      writeScores: (itemIndices, scores) => takeScores(itemScores, itemIndices, scores),
    }),
  };
}

/** The scores of a catalogue that has grown: new items have none. */
export function withoutScores(itemScores: Float32Array, itemCount: number): Float32Array {
  const scores = new Float32Array(itemCount).fill(Number.NaN);
  scores.set(itemScores);
  return scores;
}

function sumWeights({ interactions, items }: TrainingData): Float32Array {
  const sums = sumOverPeople(interactions, items.vocabulary.ids.length, (row) => interactions.weights[row]);
  return Float32Array.from(sums, (sum) => (sum > 0 ? sum : Number.NaN));
}
