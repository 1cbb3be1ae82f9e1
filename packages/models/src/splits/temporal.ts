import { MatineeError } from '@matinee/numerics';
import Type, { type Static } from 'typebox';
import { parseConfig } from '../config/parse-config.ts';
import { firstInteractionTimes } from './availability.ts';
import { hitsSchema } from './hits-schema.ts';
import { TIE_NOTE } from './hold-out-last.ts';
import { takeFirst } from './select-interactions.ts';
import type { EvaluationQuery, Fold, Split, SplitInput, SplitProtocol } from './split.ts';
import { buildUserTimelines, countTiedTargets, historyBefore, type UserTimelines } from './user-timelines.ts';

const temporalConfigSchema = Type.Object(
  {
    /** Share of the interactions, in time order, that come before the validation period. */
    validationQuantile: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
    /** Share of the interactions, in time order, that come before the test period. */
    testQuantile: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
    /** Share of the interactions, in time order, that come before the end of the test period. 1 = all. */
    testUntilQuantile: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    /** `last`: one query a user, the last item met in the period. `successive`: one query an item met in the period. */
    targets: Type.Union([Type.Literal('last'), Type.Literal('successive')]),
    hits: hitsSchema,
  },
  { additionalProperties: false },
);

export type TemporalConfig = Static<typeof temporalConfigSchema>;

/**
 * The default protocol: one cut in time for all users, so that training is earlier than every query.
 *
 * The cuts are the timestamps at two quantiles of the interactions in time order; an interaction *at* a cut belongs to
 * the later period, so training is strictly earlier than validation and validation strictly earlier than test. A
 * query's request time is its target's timestamp. Its history is everything the same user did before, including
 * interactions of the test period; the model does not retrain. Items that nobody had met before cannot be ranked, the target included.
 *
 * @see Ji, Sun et al. (2023), A critical study on data leakage in recommender system offline evaluation, ACM TOIS
 * 41(3); Gusak et al. (2025), Time to split, RecSys '25: targets `last` and `successive`.
 */
export const temporalProtocol: SplitProtocol<TemporalConfig> = {
  name: 'temporal',
  version: 2,
  defaults: { validationQuantile: 0.8, testQuantile: 0.9, testUntilQuantile: 1, targets: 'last', hits: 'all' },
  split(input, overrides = {}) {
    const config = parseConfig(`protocol "${this.name}"`, temporalConfigSchema, this.defaults, overrides);
    return splitTemporally(input, config, this.version);
  },
};

function splitTemporally(input: SplitInput, config: TemporalConfig, protocolVersion: number): Split {
  const { interactions, itemCount } = input;
  const { timestamps } = interactions;
  const { validationFrom, testFrom, testUntil, validationStart, testStart } = findCuts(
    timestamps,
    interactions.count,
    config,
  );
  const timelines = buildUserTimelines(input);
  const availableFrom = firstInteractionTimes(interactions, itemCount);
  const counts: Record<string, number> = {
    interactions: interactions.count,
    'validation.trainInteractions': validationStart,
    'test.trainInteractions': testStart,
    'validation.interactionsAtTheCut': countEarlier(timestamps, nextUp(validationFrom)) - validationStart,
    'test.interactionsAtTheCut': countEarlier(timestamps, nextUp(testFrom)) - testStart,
  };
  const period = (name: string, trainCount: number, from: number, until: number): Fold => {
    const train = takeFirst(interactions, trainCount);
    const { queries, skipped } = queriesWithin(timelines, from, until, config);
    if (queries.length === 0) {
      throw new MatineeError(
        'EMPTY_SPLIT',
        `the ${name} period holds no target; move validationQuantile or testQuantile`,
      );
    }
    counts[`${name}.repeatsNotAsked`] = skipped.repeats;
    counts[`${name}.negativesNotAsked`] = skipped.negatives;
    counts[`${name}.targetsTiedWithHistory`] = countTiedTargets(queries);
    counts[`${name}.targetsBornByThemselves`] = countBornByThemselves(queries, availableFrom);
    return { train, trainAsOf: from, queries, availableFrom };
  };
  const validation = period('validation', validationStart, validationFrom, testFrom);
  const test = period('test', testStart, testFrom, testUntil);
  return {
    protocol: 'temporal',
    protocolVersion,
    config,
    recallOver: 'targets',
    validation,
    test,
    leaks: [],
    notes: notesOf(config, validationFrom, testFrom),
    counts,
  };
}

function notesOf({ targets }: TemporalConfig, validationFrom: number, testFrom: number): string[] {
  return [
    `Train < ${isoSeconds(validationFrom)} ≤ validation < ${isoSeconds(testFrom)} ≤ test, for all users alike; an interaction at a cut belongs to the later period.`,
    `${TIE_NOTE} A history holds what the user did earlier in that order, also within the same second.`,
    targets === 'last'
      ? 'One query a user: the last item the user met in the period.'
      : 'One query for every item met in the period: the history goes on between them, the model does not retrain.',
    'Asked at the target’s own moment: a model that looks at the clock sees the time of the request.',
    'Ranked: every item that somebody had met before that moment, save those the user has met. A target that nobody had met is a miss.',
  ];
}

interface TemporalCuts {
  /** First timestamp of the validation period, in seconds. */
  readonly validationFrom: number;
  /** First timestamp of the test period, in seconds. */
  readonly testFrom: number;
  /** First timestamp after the test period, in seconds; +Infinity where it ends with the data. */
  readonly testUntil: number;
  /** Number of interactions before the validation period. */
  readonly validationStart: number;
  /** Number of interactions before the test period. */
  readonly testStart: number;
}

/** @throws {MatineeError} `BAD_CONFIG`, `EMPTY_SPLIT` */
function findCuts(timestamps: Float64Array, count: number, config: TemporalConfig): TemporalCuts {
  if (config.validationQuantile >= config.testQuantile) {
    throw new MatineeError(
      'BAD_CONFIG',
      `protocol "temporal": validationQuantile ${config.validationQuantile} must lie below testQuantile ${config.testQuantile}`,
    );
  }
  if (config.testUntilQuantile <= config.testQuantile) {
    throw new MatineeError(
      'BAD_CONFIG',
      `protocol "temporal": testUntilQuantile ${config.testUntilQuantile} must lie above testQuantile ${config.testQuantile}`,
    );
  }
  const validationFrom = timestamps[Math.floor(count * config.validationQuantile)] ?? Number.NaN;
  const testFrom = timestamps[Math.floor(count * config.testQuantile)] ?? Number.NaN;
  const testUntil = timestamps[Math.floor(count * config.testUntilQuantile)] ?? Number.POSITIVE_INFINITY;
  const validationStart = countEarlier(timestamps, validationFrom);
  const testStart = countEarlier(timestamps, testFrom);
  if (!(validationStart > 0 && testStart > validationStart)) {
    throw new MatineeError(
      'EMPTY_SPLIT',
      'the timestamps cannot be cut into three periods (too few different ones); use the protocol leave-one-out',
    );
  }
  return { validationFrom, testFrom, testUntil, validationStart, testStart };
}

/** Returns the queries of one period; `skipped` counts repeated items and, with `positive` hits, negative ones. */
function queriesWithin(
  timelines: UserTimelines,
  from: number,
  until: number,
  { targets, hits }: TemporalConfig,
): { queries: EvaluationQuery[]; skipped: { repeats: number; negatives: number } } {
  const queries: EvaluationQuery[] = [];
  const skipped = { repeats: 0, negatives: 0 };
  for (let user = 0; user < timelines.userCount; user++) {
    let last = -1;
    const addQuery = (position: number): void => {
      queries.push({
        userIndex: user,
        history: historyBefore(timelines, user, position),
        asOf: timelines.timestamps[position],
        targets: timelines.itemIndices.subarray(position, position + 1),
      });
    };
    for (let position = timelines.pointers[user]; position < timelines.pointers[user + 1]; position++) {
      const time = timelines.timestamps[position];
      if (time < from || time >= until) continue;
      if (timelines.isFirst[position] === 0) skipped.repeats++;
      else if (hits === 'positive' && timelines.labels[position] === 0) skipped.negatives++;
      else if (targets === 'successive') addQuery(position);
      else last = position;
    }
    if (last >= 0) addQuery(last);
  }
  return { queries, skipped };
}

/** Counts the queries whose target nobody had met before: it cannot be ranked. */
function countBornByThemselves(queries: readonly EvaluationQuery[], availableFrom: Float64Array): number {
  return queries.filter(({ targets, asOf }) => targets.every((item) => availableFrom[item] >= asOf)).length;
}

/** Returns how many of the ascending `timestamps` are before `moment`. */
function countEarlier(timestamps: Float64Array, moment: number): number {
  let low = 0;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestamps[middle] < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nextUp(seconds: number): number {
  return seconds + Math.max(Math.abs(seconds) * Number.EPSILON, Number.MIN_VALUE);
}

function isoSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
