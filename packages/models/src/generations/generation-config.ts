import Type, { type Static } from 'typebox';
import { FEATURE_GROUPS } from '../features/feature-schema.ts';
import { BM25_DEFAULTS } from '../retrieval/item-knn.ts';

/** The generations, each with everything that the one before has. */
export const GENERATION_NAMES = ['v1', 'v2', 'v3', 'v4'] as const;
export type GenerationName = (typeof GENERATION_NAMES)[number];

const settings = Type.Record(Type.String(), Type.Unknown());

export const generationConfigSchema = Type.Object(
  {
    /** By name: a family and what differs from its defaults. One family may have several names. */
    sources: Type.Record(
      Type.String({ minLength: 1 }),
      Type.Object(
        {
          family: Type.String(),
          config: settings,
          /**
           * A source that is fitted in epochs: the model on everything goes on from the one without the latest part,
           * with these settings on top. Absent: it starts anew.
           */
          goOn: Type.Optional(settings),
        },
        { additionalProperties: false },
      ),
      { minProperties: 1 },
    ),
    /** Candidates retrieved from each source. */
    candidatesPerSource: Type.Integer({ minimum: 1, maximum: 100_000 }),
    /** What blend and ranker learn on: the latest part of the training data, or every user's last items. */
    weightsFrom: Type.Union([Type.Literal('latest'), Type.Literal('last-items')]),
    /** With `latest`: share of the interactions that are held out as answers. */
    latestShare: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
    /** With `last-items`: number of last items of each user, each the answer to a query with the items before it. */
    lastItems: Type.Integer({ minimum: 1, maximum: 100 }),
    /** Most queries that the weights of the blend are learned on. */
    maxQueries: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    /**
     * `none`: the blended score ranks. `trees`: boosted trees learn which items are engaged with. `ensemble`: those,
     * LambdaMART and a neural ranker, with further objectives.
     */
    ranker: Type.Union([Type.Literal('none'), Type.Literal('trees'), Type.Literal('ensemble')]),
    /** Number of best items of the blend that are candidates. */
    poolSize: Type.Integer({ minimum: 1, maximum: 100_000 }),
    /** Number of best candidates that the ranker orders; the rest stay in the order of the blend. */
    rankDepth: Type.Integer({ minimum: 1, maximum: 100_000 }),
    /** Most queries that the ranker is trained on. */
    maxRankerQueries: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    /**
     * Whether features read the request time. `hidden`: the last event's time takes its place, as in evaluations whose
     * published figures use no request time.
     */
    requestTime: Type.Union([Type.Literal('used'), Type.Literal('hidden')]),
    /**
     * `useless`: what held-out queries show no use of is not in the model: a source, the ranker, the blend. `nothing`:
     * all of the configuration is. What cannot be fitted on the data is left out with both.
     */
    leaveOut: Type.Union([Type.Literal('useless'), Type.Literal('nothing')]),
    /** Groups of features that are withheld from the ranker. */
    withheldFeatures: Type.Array(Type.Union(FEATURE_GROUPS.map((group) => Type.Literal(group)))),
  },
  { additionalProperties: false },
);

/** How a generation is made: complete, see `resolveGeneration`. */
export type GenerationConfig = Static<typeof generationConfigSchema>;

/** How one source of a generation is made. */
export type SourceConfig = GenerationConfig['sources'][string];

const v1: GenerationConfig = {
  sources: {
    popularity: { family: 'popularity', config: {} },
    'recent-popularity': { family: 'recent-popularity', config: {} },
    'genre-affinity': { family: 'genre-affinity', config: {} },
    'item-knn': { family: 'item-knn', config: {} },
    'item-knn-bm25': { family: 'item-knn', config: { ...BM25_DEFAULTS } },
    'user-knn': { family: 'user-knn', config: {} },
  },
  candidatesPerSource: 300,
  weightsFrom: 'latest',
  latestShare: 0.1,
  lastItems: 5,
  maxQueries: 4000,
  ranker: 'none',
  poolSize: 100_000,
  rankDepth: 200,
  maxRankerQueries: 30_000,
  requestTime: 'used',
  leaveOut: 'useless',
  withheldFeatures: [],
};

const v2: GenerationConfig = {
  ...v1,
  sources: { ...v1.sources, ease: { family: 'ease', config: {} } },
  ranker: 'trees',
  poolSize: 500,
};

const v3: GenerationConfig = {
  ...v2,
  sources: {
    ...v2.sources,
    'two-tower': { family: 'two-tower', config: {} },
    gru4rec: { family: 'gru4rec', config: { maxEpochs: 10, requestTime: 'used' } },
  },
};

const v4: GenerationConfig = {
  ...v3,
  sources: {
    ...v3.sources,
    sasrec: { family: 'sasrec', config: {} },
    'time-transformer': { family: 'time-transformer', config: { maxEpochs: 16 } },
  },
  ranker: 'ensemble',
};

/** Every hyper-parameter was chosen on validation; docs/models has the figures. */
export const GENERATION_DEFAULTS: Readonly<Record<GenerationName, GenerationConfig>> = { v1, v2, v3, v4 };
