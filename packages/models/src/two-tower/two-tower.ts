import { createRandom, MatineeError } from '@matinee/numerics';
import {
  copyParameterValues,
  createEvaluation,
  createParameters,
  createTrainStep,
  type Feeds,
  type ParameterState,
  type SessionOptions,
  type TrainingBatch,
} from '@matinee/numerics/engine';
import Type, { type Static } from 'typebox';
import { requireArray } from '../artifacts/artifact-fields.ts';
import { defineFamily, type SourceFamily } from '../retrieval/define-family.ts';
import type { FamilyTraits } from '../retrieval/family-traits.ts';
import {
  buildSequences,
  findKnownItems,
  type HeldOutQuery,
  holdOutLastItems,
  type KnownItems,
  namesOfItems,
  numberItems,
  requirePairs,
  type SequenceSet,
} from '../sequence/sequence-data.ts';
import type { FitContext, TrainingData, WarmStart } from '../training/fit-context.ts';
import { rankOfTarget } from '../training/held-out-rank.ts';
import { NETWORK_SPACE } from '../training/network-space.ts';
import { parametersOfArtifact } from '../training/parameter-arrays.ts';
import { createClassSampler, shareOfTargets } from '../training/sampled-classes.ts';
import { trainNetwork } from '../training/train-network.ts';
import { startWarm } from '../training/warm-start.ts';
import { scoreVectors } from '../vectors/score-vectors.ts';
import { collectTokens, descriptionOf, MAX_TOKENS, numberTokens, type TokenTable } from './content-features.ts';
import { countExamples, drawExamples, type Example, layOutHistories } from './examples.ts';
import { createTwoTowerModel, encodeItemVectors, tokensOfArtifact } from './two-tower-model.ts';
import {
  buildItemTower,
  buildTwoTowerTraining,
  buildUserTower,
  ID_TABLE,
  TOKEN_TABLE,
  type TwoTowerSize,
} from './two-tower-network.ts';

const KIND = 'two-tower';
const VERSION = 1;

const twoTowerConfigSchema = Type.Object(
  {
    /** Width of the vectors. */
    embeddingDim: Type.Integer({ minimum: 1, maximum: 4096 }),
    /** Newest history items that the user tower sees. */
    historyLength: Type.Integer({ minimum: 1, maximum: 4096 }),
    /** Ways in which a history is pooled. */
    headCount: Type.Integer({ minimum: 1, maximum: 64 }),
    hiddenDim: Type.Integer({ minimum: 1, maximum: 16_384 }),
    dropoutRate: Type.Number({ minimum: 0, exclusiveMaximum: 1 }),
    /** Share of the items of a batch whose own vector is hidden, so that content learns to stand in for it. */
    idDropout: Type.Number({ minimum: 0, exclusiveMaximum: 1 }),
    batchSize: Type.Integer({ minimum: 1, maximum: 65_536 }),
    /** Items drawn uniformly as negatives, beside the targets of the batch. */
    uniformNegatives: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    /** Most examples an epoch of one user. */
    examplesPerUser: Type.Integer({ minimum: 1 }),
    learningRate: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    weightDecay: Type.Number({ minimum: 0, maximum: 10 }),
    maxEpochs: Type.Integer({ minimum: 1, maximum: 10_000 }),
    /** Epochs without a better validation after which training ends. */
    patience: Type.Integer({ minimum: 1 }),
    /** Users whose last item is kept from training to validate with; 0: the last epoch is kept. */
    validationUsers: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);

export type TwoTowerConfig = Static<typeof twoTowerConfigSchema>;

/** Depth at which candidates are judged: what the ranker after it gets to see. */
const VALIDATION_DEPTH = 100;

const TRAITS: FamilyTraits = {
  reads: 'content',
  readsOfItems: ['genres', 'years', 'titles', 'tags'],
  explains: 'item-genres',
  training: { smallData: { maxEpochs: 6 } },
  liveUpdates: 'never',
  role: 'two-tower',
  answerName: 'two_tower_ann',
  searchSpace: {
    ...NETWORK_SPACE,
    weightDecay: { log: [0.0001, 0.1] },
    idDropout: { uniform: [0, 0.5] },
    headCount: { choice: [1, 2, 4, 8] },
    uniformNegatives: { choice: [256, 1024, 4096] },
  },
  goodFor: ['whole-taste'],
  notes: {
    summary: 'One network makes a vector of the history, another one of each title; the nearest titles are found.',
    code: 'packages/models/src/two-tower/two-tower.ts',
    card: 'docs/models/two-tower.md',
    paper: { name: 'Yi et al. 2019', url: 'https://doi.org/10.1145/3298689.3346996' },
  },
};

/**
 * Two-tower retrieval: histories and items as vectors of one space. A new visitor is encoded from what they did, a
 * new item from its genres, year, title and tags.
 *
 * fit: epochs · examples · (history · heads · d + classes · 6 d) multiply-adds; a request runs the user tower once and
 * searches the items' vectors.
 */
export const twoTowerFamily: SourceFamily<TwoTowerConfig> = defineFamily<TwoTowerConfig>({
  kind: KIND,
  version: VERSION,
  schema: twoTowerConfigSchema,
  defaults: {
    embeddingDim: 64,
    historyLength: 50,
    headCount: 4,
    hiddenDim: 256,
    dropoutRate: 0.2,
    idDropout: 0.2,
    batchSize: 1024,
    uniformNegatives: 1024,
    examplesPerUser: 40,
    learningRate: 0.003,
    weightDecay: 0.01,
    maxEpochs: 15,
    patience: 6,
    validationUsers: 1000,
  },
  traits: TRAITS,
  // The vocabulary is saved beside the configuration.
  configOfArtifact: ({ vocabulary: _, ...config }) => config,
  async fit(data, config, context) {
    const known = findKnownItems(data);
    const vocabulary = collectTokens(data.items);
    const descriptions = Array.from(known.numbers, (_, item) => descriptionOf(data.items, item));
    const tokens = numberTokens(descriptions, vocabulary);
    const size = sizeOf(config, known, vocabulary);
    const { values, session } = await trainTwoTower({ config, size, known, tokens, vocabulary }, data, context);
    const vectors = await encodeItemVectors(size, values, known, tokens, session);
    return createTwoTowerModel({
      kind: KIND,
      traits: TRAITS,
      version: VERSION,
      config,
      size,
      known,
      values,
      vectors,
      vocabulary,
    });
  },
  async load(artifact, config) {
    const [itemCount] = requireArray(artifact, 'itemCount', Int32Array, 1);
    const itemIndices = requireArray(artifact, 'itemIndices', Int32Array);
    if (!itemIndices.every((item, at) => item > (itemIndices[at - 1] ?? -1) && item < itemCount)) {
      throw new MatineeError('BAD_ARTIFACT', `${KIND}: the known items are not ascending indices below ${itemCount}`);
    }
    const known = numberItems(itemIndices, itemCount);
    const tokens = tokensOfArtifact(artifact.config['vocabulary']);
    const size = sizeOf(config, known, tokens);
    const values = new Map([
      ...parametersOfArtifact(artifact, buildUserTower(size, 1).graph),
      ...parametersOfArtifact(artifact, buildItemTower(size, 1).graph),
    ]);
    const vectors = requireArray(artifact, 'vectors', Float32Array, itemCount * config.embeddingDim);
    return createTwoTowerModel({
      kind: KIND,
      traits: TRAITS,
      version: VERSION,
      config,
      size,
      known,
      values,
      vectors,
      vocabulary: tokens,
    });
  },
});

function sizeOf(config: TwoTowerConfig, known: KnownItems, vocabulary: readonly string[]): TwoTowerSize {
  return { ...config, itemCount: known.count, tokenCount: rowNames(vocabulary).length };
}

/** The token of each row of the table. A catalogue without any content has one row without a token: nothing reads it. */
function rowNames(vocabulary: readonly string[]): readonly string[] {
  return vocabulary.length === 0 ? [''] : vocabulary;
}

/** What is trained: the shape of the towers and the items' content. */
interface UntrainedTowers {
  readonly config: TwoTowerConfig;
  readonly size: TwoTowerSize;
  readonly known: KnownItems;
  /** Content of the whole catalogue. */
  readonly tokens: TokenTable;
  readonly vocabulary: readonly string[];
}

async function trainTwoTower(towers: UntrainedTowers, data: TrainingData, context: FitContext) {
  const { config, size, known, tokens } = towers;
  const { random, threadCount } = context;
  const sequences = buildSequences(data, known);
  const { train, queries } = holdOutLastItems(sequences, config.validationUsers, random.fork('validation'));
  requirePairs(KIND, train);
  const exampleCount = countExamples(train, config.examplesPerUser);
  const batchSize = Math.min(config.batchSize, exampleCount);
  const classCount = Math.min(known.count, batchSize + config.uniformNegatives);
  const { graph, loss } = buildTwoTowerTraining(size, { batchSize, classCount });
  const state = createParameters(graph, random.fork('parameters').integer(2 ** 32));
  if (context.warmStart) startTowersWarm(state, towers, data, context.warmStart);
  const session: SessionOptions = threadCount === undefined ? {} : { threadCount };
  const step = await createTrainStep({
    graph,
    loss,
    state,
    adam: { clipNorm: 5, weightDecay: config.weightDecay },
    session,
  });
  const shares = shareOfTargets(train, known.count, { mostOfSequence: config.examplesPerUser, part: 'any' });
  const sampler = createClassSampler(shares, classCount);
  const batches = { config, sequences: train, known, tokens, batchSize, sampler };
  const validation = await createValidation(size, known, tokens, queries, state, session);
  const stepsPerEpoch = Math.ceil(exampleCount / batchSize);
  const totalSteps = Math.max(2, stepsPerEpoch * config.maxEpochs);
  const epochs = createRandom(random.fork('epochs').integer(2 ** 32));
  try {
    await trainNetwork(
      {
        state,
        schedule: {
          learningRate: config.learningRate,
          warmupSteps: Math.floor(0.05 * totalSteps),
          decay: 'cosine',
          totalSteps,
          finalShare: 0.02,
        },
        maxEpochs: config.maxEpochs,
        patience: config.patience,
        tokensPerEpoch: exampleCount,
        *drawEpoch(epoch): Generator<TrainingBatch> {
          for (const { feeds, tokenCount } of drawBatches(batches, epochs.fork(`epoch ${epoch}`))) {
            yield { step, feeds, tokenCount };
          }
        },
        validate: validation?.recall,
      },
      context,
    );
    return { values: copyParameterValues(state), session };
  } finally {
    await step.release();
    await validation?.release();
  }
}

function startTowersWarm(
  state: ParameterState,
  { known, vocabulary }: UntrainedTowers,
  { items }: TrainingData,
  warmStart: WarmStart,
): void {
  const { artifact } = warmStart;
  startWarm(KIND, state, artifact, {
    [ID_TABLE]: namesOfItems(known, items, warmStart),
    [TOKEN_TABLE]: {
      earlier: rowNames(tokensOfArtifact(artifact.config['vocabulary'])),
      present: rowNames(vocabulary),
    },
  });
}

interface BatchSource {
  readonly config: TwoTowerConfig;
  readonly sequences: SequenceSet;
  readonly known: KnownItems;
  readonly tokens: TokenTable;
  readonly batchSize: number;
  readonly sampler: ReturnType<typeof createClassSampler>;
}

function* drawBatches(source: BatchSource, random: ReturnType<typeof createRandom>) {
  const { config, sequences, batchSize, sampler } = source;
  const examples = drawExamples(sequences, config.examplesPerUser, random.fork('examples'));
  const sampling = random.fork('negatives');
  const hiding = random.fork('hidden ids');
  for (let first = 0; first < examples.length; first += batchSize) {
    const members = examples.slice(first, first + batchSize);
    const targets = Int32Array.from({ length: batchSize }, (_, row) => sequences.items[members[row]?.at ?? 0]);
    const { classes, logitOffsets, positions } = sampler.sample(targets, members.length, sampling);
    const feeds: Feeds = {
      ...layOutHistories(
        members.map((example) => historyBefore(sequences, example)),
        batchSize,
        config.historyLength,
      ),
      ...itemFeeds(classes, source.known, source.tokens, () => (hiding.next() < config.idDropout ? 0 : 1)),
      targets: positions,
      weights: Float32Array.from({ length: batchSize }, (_, row) => (row < members.length ? 1 : 0)),
      logitOffsets,
    };
    yield { feeds, tokenCount: members.length };
  }
}

function historyBefore({ items, confidences }: SequenceSet, { start, at }: Example) {
  return { items: items.subarray(start, at), confidences: confidences.subarray(start, at) };
}

/** The item tower's inputs for known items, by number. */
function itemFeeds(classes: Int32Array, { itemIndices }: KnownItems, table: TokenTable, shown: () => number): Feeds {
  const width = MAX_TOKENS;
  const tokens = new Int32Array(classes.length * width);
  const tokenWeights = new Float32Array(classes.length * width);
  classes.forEach((number, row) => {
    const from = itemIndices[number] * width;
    tokens.set(table.tokens.subarray(from, from + width), row * width);
    tokenWeights.set(table.weights.subarray(from, from + width), row * width);
  });
  return { ids: classes, idShown: Float32Array.from(classes, shown), tokens, tokenWeights };
}

const VALIDATION_BATCH = 256;

/** Recall@100 of held-out items among the known ones. */
async function createValidation(
  size: TwoTowerSize,
  known: KnownItems,
  tokens: TokenTable,
  queries: readonly HeldOutQuery[],
  state: ParameterState,
  session: SessionOptions,
): Promise<{ recall: () => Promise<number>; release: () => Promise<void> } | undefined> {
  if (queries.length === 0) return undefined;
  const userTower = buildUserTower(size, VALIDATION_BATCH);
  const itemTower = buildItemTower(size, known.count);
  const users = await createEvaluation(userTower.graph, { users: userTower.users }, state, session);
  const items = await createEvaluation(itemTower.graph, { items: itemTower.items }, state, session);
  const everyItem = itemFeeds(Int32Array.from(known.itemIndices.keys()), known, tokens, () => 1);
  const numbers = Int32Array.from(known.itemIndices.keys());
  const scores = new Float32Array(known.count);
  return {
    async recall() {
      const { items: table } = await items.run(everyItem);
      let hits = 0;
      for (let first = 0; first < queries.length; first += VALIDATION_BATCH) {
        const members = queries.slice(first, first + VALIDATION_BATCH);
        const histories = members.map(({ history }) => history);
        const { users: vectors } = await users.run(layOutHistories(histories, VALIDATION_BATCH, size.historyLength));
        members.forEach(({ history, target }, member) => {
          const vector = (vectors as Float32Array).subarray(
            member * size.embeddingDim,
            (member + 1) * size.embeddingDim,
          );
          scoreVectors(vector, table as Float32Array, numbers, scores);
          if (rankOfTarget(scores, target, history.items) < VALIDATION_DEPTH) hits++;
        });
      }
      return hits / queries.length;
    },
    async release() {
      await users.release();
      await items.release();
    },
  };
}
