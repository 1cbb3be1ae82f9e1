import { sha256 } from '@matinee/adapters/files';
import { buildInteractions, type Dataset } from '@matinee/models/data';
import { ndcgAtK, rankFold } from '@matinee/models/evaluation';
import {
  type FittedGeneration,
  findModelFamily,
  fitGeneration,
  type GenerationConfig,
  type GenerationName,
  resolveGeneration,
  type StageContext,
} from '@matinee/models/generations';
import { trainRelease } from '@matinee/models/release';
import type { RetrievalModel } from '@matinee/models/retrieval';
import { createSplit, type Split } from '@matinee/models/splits';
import type { TrainingData } from '@matinee/models/training';
import { createRandom, defined, MatineeError } from '@matinee/numerics';

/** Fewer test users than these judge nothing. */
const FEWEST_USERS = 5;
/** With fewer test users in the latest part, everybody's last item is the test. */
const FEW_TEMPORAL_USERS = 20;
const K = 10;
const RESAMPLES = 10_000;
const LEVEL = 0.05;
/**
 * Standard errors by which a source may be better. The table compares about a hundred generations with up to eleven
 * sources each, so that several 95 % intervals lie below 0 by chance; this many standard errors one table in ten has.
 */
const MOST_BY_CHANCE = 3.5;

/** A data set ready to be measured: cut into training and test, or the reason why not. */
export interface CutDataSet {
  readonly dataset: Dataset;
  readonly split: Split | undefined;
  /** What is the test, in one word or two; or why there is none. */
  readonly test: string;
}

/**
 * A mean difference with its 95 % interval over users. Widened for the number of sources: the best of eleven on a test
 * is partly the luckiest, and each of them may be the one that is better.
 */
interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly error: number;
}

/** One generation on one world of a data set. */
export interface Measured {
  /** Seconds of all stages, also of those that another generation had computed. */
  readonly seconds: number;
  /** What is served: ranker, blend, or the name of a source. */
  readonly order: string;
  readonly leftOut: FittedGeneration['leftOut'];
  /** NDCG@10 by test user, of the generation and of each source alone; absent without a test. */
  readonly ndcg?: { readonly whole: Float64Array; readonly alone: ReadonlyMap<string, Float64Array> };
}

/** A generation against its sources, over the users of all worlds. */
export interface Quality {
  readonly users: number;
  readonly ndcg: number;
  /** The source that alone is best on the test, whether the generation serves it or not. */
  readonly best: { readonly name: string; readonly ndcg: number };
  /** Generation less best source. */
  readonly difference: Interval;
  /** A source that is better by more than a table of such comparisons shows by chance; see {@link MOST_BY_CHANCE}. */
  readonly worseThan?: string;
}

/** Cuts a data set by time, or where few users are in the latest part by everybody's last item. */
export function cutDataSet(dataset: Dataset): CutDataSet {
  const interactions = buildInteractions(dataset.events);
  const input = {
    interactions,
    userCount: dataset.users.ids.length,
    itemCount: dataset.items.vocabulary.ids.length,
  };
  const [temporal, last] = ['temporal', 'leave-one-out'].map((protocol) => trySplit(protocol, input));
  const isEnough = typeof temporal !== 'string' && temporal.test.queries.length >= FEW_TEMPORAL_USERS;
  const split = isEnough || typeof last === 'string' ? temporal : last;
  if (typeof split === 'string') return { dataset, split: undefined, test: `none: ${String(last)}` };
  return { dataset, split, test: split.protocol };
}

function trySplit(protocol: string, input: Parameters<typeof createSplit>[1]): Split | string {
  try {
    return createSplit(protocol, input);
  } catch (error) {
    if (error instanceof MatineeError && error.code === 'EMPTY_SPLIT') return error.message;
    throw error;
  }
}

/**
 * Fits a generation on the data before the test and compares it with each of its sources alone, also with those that it
 * leaves out. Without a test it is trained as a release is, on everything.
 */
export async function measureGeneration(
  name: GenerationName,
  { dataset, split }: CutDataSet,
  seed: number,
  context: Omit<StageContext, 'random' | 'onStageCost'>,
): Promise<Measured> {
  let milliseconds = 0;
  const stages = {
    ...context,
    onStageCost: (_: string, { ms }: { readonly ms: number }) => {
      milliseconds += ms;
    },
  };
  if (split === undefined) {
    const overrides = resolveGeneration(name, { interactionCount: dataset.events.count });
    const config = { generation: name, overrides };
    const release = await trainRelease(dataset, config, { ...stages, seed, digest: sha256 });
    const leftOut = release.training?.leftOut ?? [];
    return { seconds: milliseconds / 1000, order: orderOf(leftOut, overrides, release.ranking), leftOut };
  }
  const config = resolveGeneration(name, {
    interactionCount: split.counts['interactions'] ?? 0,
    ...(split.protocol !== 'temporal' && { weightsFrom: 'last-items' }),
  });
  const data: TrainingData = {
    userCount: dataset.users.ids.length,
    items: dataset.items,
    interactions: split.test.train,
    asOf: split.test.trainAsOf,
  };
  const random = createRandom(seed);
  const { model, leftOut } = await fitGeneration(name, data, config, { ...stages, random });
  const whole = await ndcgByUser(model, dataset, split);
  const alone = new Map<string, Float64Array>();
  for (const source of Object.keys(config.sources)) {
    if (leftOut.some(({ part, cause }) => part === source && cause === 'data')) continue;
    const served = model.sources.find((each) => each.name === source)?.model;
    const fitted = served ?? (await fitAlone(source, config, data, { ...context, random }));
    alone.set(source, await ndcgByUser(fitted, dataset, split));
  }
  return {
    seconds: milliseconds / 1000,
    order: orderOf(leftOut, config, model.ranking),
    leftOut,
    ndcg: { whole, alone },
  };
}

/** Compares a generation with its sources over the users of all worlds; `undefined` where a world has no test. */
export function compareWithSources(worlds: readonly Measured[], seed: number): Quality | undefined {
  const measured = worlds.flatMap(({ ndcg }) => ndcg ?? []);
  if (measured.length < worlds.length) return undefined;
  const whole = join(measured.map((world) => world.whole));
  const names = [...(measured[0]?.alone.keys() ?? [])].filter((name) => measured.every(({ alone }) => alone.has(name)));
  const compared = names.map((name) => {
    const ndcg = join(measured.map(({ alone }) => alone.get(name) as Float64Array));
    return { name, ndcg: meanOf(ndcg), difference: compare(whole, ndcg, names.length, seed) };
  });
  const best = compared.reduce((a, b) => (b.ndcg > a.ndcg ? b : a));
  const worseThan =
    whole.length < FEWEST_USERS
      ? undefined
      : compared.find(({ difference: { value, error } }) => value < -MOST_BY_CHANCE * error);
  return {
    users: whole.length,
    ndcg: meanOf(whole),
    best,
    difference: best.difference,
    ...defined({ worseThan: worseThan?.name }),
  };
}

function join(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

/** A source that the generation left out, fitted on the same data. */
function fitAlone(
  source: string,
  { sources }: GenerationConfig,
  data: TrainingData,
  context: StageContext,
): Promise<RetrievalModel> {
  const { family: kind, config } = sources[source] as GenerationConfig['sources'][string];
  const family = findModelFamily(kind);
  const own = { ...context, random: context.random.fork(source) };
  return context.stage(`fit ${source} alone`, ({ checkpoint }) =>
    family.fit(data, { ...family.defaults, ...config }, { ...own, checkpoint }),
  );
}

/** NDCG@10 of each query of the test, which is one a user. */
async function ndcgByUser(model: RetrievalModel, { items }: Dataset, { test }: Split): Promise<Float64Array> {
  const context = { itemCount: items.vocabulary.ids.length, checkpoint: () => Promise.resolve() };
  const { itemIndices } = await rankFold(model, test, K, context);
  return Float64Array.from(test.queries, ({ targets }, query) => {
    const list = itemIndices.subarray(query * K, (query + 1) * K);
    const ranks = Int32Array.from(targets, (target) => list.indexOf(target) + 1).filter((rank) => rank > 0);
    return ndcgAtK(ranks.sort(), targets.length, K);
  });
}

/** Studentised bootstrap over users: with few of them, of whom few have a hit, percentiles miss the mean too often. */
function compare(one: Float64Array, other: Float64Array, comparisons: number, seed: number): Interval {
  const differences = one.map((value, user) => value - (other[user] as number));
  const { mean, error } = momentsOf(differences);
  if (!(error > 0)) return { value: mean, low: mean, high: mean, error: 0 };
  const random = createRandom(seed).fork('intervals');
  const drawn = new Float64Array(differences.length);
  const deviations = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    for (let user = 0; user < drawn.length; user++) drawn[user] = differences[random.integer(drawn.length)] as number;
    const moments = momentsOf(drawn);
    deviations[resample] = moments.error > 0 ? (moments.mean - mean) / moments.error : 0;
  }
  deviations.sort();
  const tail = LEVEL / 2 / comparisons;
  const at = (share: number): number => deviations[Math.round(share * (RESAMPLES - 1))] as number;
  return { value: mean, low: mean - at(1 - tail) * error, high: mean - at(tail) * error, error };
}

/** Mean and its standard error. */
function momentsOf(values: Float64Array): { readonly mean: number; readonly error: number } {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function orderOf(leftOut: Measured['leftOut'], config: GenerationConfig, ranking: object | undefined): string {
  const blend = leftOut.find(({ part }) => part === 'blend');
  if (blend !== undefined) return blend.reason.split(' ')[0] as string;
  return ranking === undefined || config.ranker === 'none' ? 'blend' : 'ranker';
}
