import Type, { type Static } from 'typebox';
import { parseConfig } from '../config/parse-config.ts';
import { EVENT_TYPES, type EventTable } from './dataset.ts';
import type { UserIndex } from './indices.ts';
import type { Interactions } from './interactions.ts';
import { orderOfTies } from './order-ties.ts';

const closed = { additionalProperties: false } as const;
const forTaste = Type.Number({ minimum: 0, maximum: 100 });
const againstTaste = Type.Number({ minimum: -100, exclusiveMaximum: 0 });

const ratingRuleSchema = Type.Object(
  {
    /**
     * What a rating's weight depends on. `constant`: every rating weighs `weight`. `scale`: its distance from the
     * middle of the scale. `user-mean`: its distance from the mean of the same user's earlier ratings.
     */
    weighting: Type.Union([Type.Literal('constant'), Type.Literal('scale'), Type.Literal('user-mean')]),
    /** Weight of a rating at the centre. */
    weight: forTaste,
    /** Added to the weight for a rating half a scale above the centre; subtracted for one half a scale below. */
    slope: forTaste,
    /** Smallest weight of a rating. Negative = a low rating counts against its item. */
    minWeight: Type.Number({ minimum: -100, maximum: 100 }),
    /** With `user-mean`: number of prior ratings at the middle of the scale that shrink the user's mean. */
    meanShrinkage: Type.Number({ minimum: 0, maximum: 10_000 }),
    /** Share of the scale from which a rating is a success: 0.75 = 4 of 1–5. 0 = every rating. */
    successFrom: Type.Number({ minimum: 0, maximum: 1 }),
    /** Ends of the rating scale; `observed` takes the smallest and the largest rating of the log. */
    scale: Type.Union([Type.Literal('observed'), Type.Object({ min: Type.Number(), max: Type.Number() }, closed)]),
  },
  closed,
);

const confidenceRuleSchema = Type.Object(
  {
    rate: ratingRuleSchema,
    /** Weight of a complete watch; a partial watch weighs in proportion. */
    watch: forTaste,
    like: forTaste,
    dislike: againstTaste,
    click: forTaste,
    skip: againstTaste,
    /** Weight of an impression. 0 by default, because an impression alone says nothing about taste. */
    impression: Type.Number({ minimum: -100, maximum: 100 }),
  },
  closed,
);

/** The weight of each kind of event. The same rule applies to the log offline and to feedback online. */
export type ConfidenceRule = Static<typeof confidenceRuleSchema>;

const everyInteraction: ConfidenceRule = {
  rate: {
    weighting: 'constant',
    weight: 1,
    slope: 0,
    minWeight: 1,
    meanShrinkage: 0,
    successFrom: 0,
    scale: 'observed',
  },
  watch: 1,
  like: 1,
  dislike: -1,
  click: 1,
  skip: -1,
  impression: 0,
};

const graded: ConfidenceRule = {
  rate: {
    weighting: 'user-mean',
    weight: 1,
    slope: 0.5,
    minWeight: 0.1,
    meanShrinkage: 5,
    successFrom: 0.75,
    scale: 'observed',
  },
  watch: 1,
  like: 1.5,
  dislike: -1,
  click: 0.25,
  skip: -0.5,
  impression: 0,
};

/**
 * `every-interaction`: every rating, watch, like and click weighs 1 and is a success; the literature's protocol for
 * MovieLens, which predicts the next engagement. `graded`: a rating's weight grows with its distance above the user's
 * mean.
 */
export const CONFIDENCE_PRESETS = { 'every-interaction': everyInteraction, graded } as const;

/** docs/confidence.md has the measurement behind the choice. */
export const DEFAULT_CONFIDENCE_RULE: ConfidenceRule = CONFIDENCE_PRESETS['every-interaction'];

/** A rule as a user writes it: only the fields that differ from the default. */
export type ConfidenceOverrides = Partial<Omit<ConfidenceRule, 'rate'>> & {
  readonly rate?: Partial<ConfidenceRule['rate']>;
};

/**
 * Completes and checks a rule.
 *
 * @throws {MatineeError} `BAD_CONFIG` naming the field that is unknown or out of range.
 */
export function parseConfidenceRule(
  overrides: ConfidenceOverrides,
  base: ConfidenceRule = DEFAULT_CONFIDENCE_RULE,
): ConfidenceRule {
  const rate = parseConfig('confidence rule "rate"', ratingRuleSchema, base.rate, overrides.rate ?? {});
  return parseConfig('confidence rule', confidenceRuleSchema, base, { ...overrides, rate });
}

/** Interactions, and the number of events that gave none. */
export interface BuiltInteractions extends Interactions {
  /** Events with weight 0 (impressions, by default). They are not interactions. */
  readonly droppedCount: number;
}

/**
 * Turns raw events into weighted, labelled interactions, in order of time. Events tied in time are ordered by a hash of
 * user and item, not as in the source, whose order often is that of the ids (`order-ties.ts`).
 *
 * The weight of a rating is max(minWeight, weight + slope · (value − centre) / (half the scale)), where the centre is
 * the middle of the scale or the mean of the same user's *earlier* ratings, shrunk to the middle. Later ratings are
 * excluded because they would leak the future into training. All other events have fixed weights; a partial watch
 * weighs in proportion to the share watched. Label 1 = weight above 0 and, for ratings, a value from `successFrom` of
 * the scale up. A rating without a value counts as one at the centre.
 *
 * @param log Not modified.
 * @param rule As {@link parseConfidenceRule} returns it.
 * @returns Interactions with weight ≠ 0, float32, and the number of events dropped for weight 0.
 * @remarks O(events · log largest tie) time; 8 bytes per user for the means, 25 per event where events are tied.
 */
export function buildInteractions(log: EventTable, rule: ConfidenceRule = DEFAULT_CONFIDENCE_RULE): BuiltInteractions {
  const events = withOrderedTies(log);
  const { weights, labels } = weighEvents(events, rule);
  const ratings = ratingsOf(events);
  let count = 0;
  for (let row = 0; row < events.count; row++) if (weights[row] !== 0) count++;
  if (count === events.count) {
    const { userIndices, itemIndices, timestamps } = events;
    return { count, userIndices, itemIndices, timestamps, weights, labels, ratings, droppedCount: 0 };
  }
  const selected = {
    count,
    userIndices: new Int32Array(count),
    itemIndices: new Int32Array(count),
    timestamps: new Float64Array(count),
    weights: new Float32Array(count),
    labels: new Uint8Array(count),
    ratings: new Float32Array(count),
    droppedCount: events.count - count,
  };
  let target = 0;
  for (let row = 0; row < events.count; row++) {
    if (weights[row] === 0) continue;
    selected.userIndices[target] = events.userIndices[row];
    selected.itemIndices[target] = events.itemIndices[row];
    selected.timestamps[target] = events.timestamps[row];
    selected.weights[target] = weights[row];
    selected.labels[target] = labels[row];
    selected.ratings[target] = ratings[row];
    target++;
  }
  return selected;
}

function withOrderedTies(log: EventTable): EventTable {
  const order = orderOfTies(log);
  if (order === undefined) return log;
  return {
    count: log.count,
    userIndices: order.map((row) => log.userIndices[row]),
    itemIndices: order.map((row) => log.itemIndices[row]),
    timestamps: log.timestamps, // of tied rows, which are equal
    values: Float32Array.from(order, (row) => log.values[row]),
    types: Uint8Array.from(order, (row) => log.types[row]),
  };
}

/** The values of the ratings. A `watch` carries a share instead of a rating, so it is left out. */
function ratingsOf({ types, values }: EventTable): Float32Array {
  return types.every((type) => type === RATE)
    ? values
    : values.map((value, row) => (types[row] === RATE ? value : Number.NaN));
}

const RATE = EVENT_TYPES.indexOf('rate');
const WATCH = EVENT_TYPES.indexOf('watch');

function weighEvents(events: EventTable, rule: ConfidenceRule): { weights: Float32Array; labels: Uint8Array } {
  const { count, userIndices, types, values } = events;
  const weights = new Float32Array(count);
  const labels = new Uint8Array(count);
  const fixedWeights = EVENT_TYPES.map((type) => (type === 'rate' ? Number.NaN : rule[type]));
  const weighRating = createRatingRule(events, rule.rate);
  for (let row = 0; row < count; row++) {
    const type = types[row];
    if (type === RATE) {
      const { weight, isSuccess } = weighRating(userIndices[row], values[row]);
      weights[row] = weight;
      labels[row] = isSuccess && weight > 0 ? 1 : 0;
      continue;
    }
    const share = type === WATCH && !Number.isNaN(values[row]) ? Math.min(1, Math.max(0, values[row])) : 1;
    weights[row] = fixedWeights[type] * share;
    labels[row] = weights[row] > 0 ? 1 : 0;
  }
  return { weights, labels };
}

/** Ratings must be passed in the order of the log, because the user means are running means. */
function createRatingRule(
  events: EventTable,
  rule: ConfidenceRule['rate'],
): (userIndex: UserIndex, value: number) => { weight: number; isSuccess: boolean } {
  const { min, max } = rule.scale === 'observed' ? observedScale(events) : rule.scale;
  const middle = (min + max) / 2;
  const halfScale = max > min ? (max - min) / 2 : 1;
  // The tolerance lets 4 on the scale 0.5–5 meet a bound written as 7/9.
  const successFrom = min + rule.successFrom * (max - min) - 1e-6;
  const sums = new Map<number, { total: number; count: number }>();
  return (userIndex, value) => {
    if (Number.isNaN(value)) return { weight: Math.max(rule.minWeight, rule.weight), isSuccess: true };
    let centre = middle;
    if (rule.weighting === 'user-mean') {
      const seen = sums.get(userIndex) ?? { total: 0, count: 0 };
      const weight = seen.count + rule.meanShrinkage;
      if (weight > 0) centre = (seen.total + rule.meanShrinkage * middle) / weight;
      seen.total += value;
      seen.count++;
      sums.set(userIndex, seen);
    }
    const slope = rule.weighting === 'constant' ? 0 : rule.slope;
    return {
      weight: Math.max(rule.minWeight, rule.weight + (slope * (value - centre)) / halfScale),
      isSuccess: value >= successFrom,
    };
  };
}

function observedScale({ count, types, values }: EventTable): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < count; row++) {
    if (types[row] !== RATE || Number.isNaN(values[row])) continue;
    if (values[row] < min) min = values[row];
    if (values[row] > max) max = values[row];
  }
  return { min, max };
}

/** Feedback types under the names that the pages and the API use. */
export type WeighedFeedback = 'like' | 'dislike' | 'watched' | 'skip' | 'click' | 'impression';

/**
 * The weight of live feedback in a history, by the same rule as {@link buildInteractions}.
 *
 * @param share Share that was watched, 0 to 1: a watch weighs in proportion, also one that is too short to be `watched`
 * and counts as a `click`. A skip weighs the same however short it was.
 */
export function weightOfFeedback(
  type: WeighedFeedback,
  rule: ConfidenceRule = DEFAULT_CONFIDENCE_RULE,
  share?: number,
): number {
  if (share !== undefined && (type === 'watched' || type === 'click')) return rule.watch * share;
  return type === 'watched' ? rule.watch : rule[type];
}

/** Ratings of live feedback from here up are a like, and up to here a dislike; those between are a watch. */
const RATING_BOUNDS = { like: 4, dislike: 2 } as const;
/**
 * Shares from here up are a watch, and below a skip; those between are a click that weighs as a watch of that share.
 */
const SHARE_BOUNDS = { watched: 0.7, skip: 0.05 } as const;

/** Returns what a rating from 1 to 5 says of a title. */
export function feedbackOfRating(rating: number): 'like' | 'dislike' | 'watched' {
  if (rating >= RATING_BOUNDS.like) return 'like';
  return rating <= RATING_BOUNDS.dislike ? 'dislike' : 'watched';
}

/** Returns what it says of a title that this share of it, 0 to 1, was watched. */
export function feedbackOfShare(share: number): 'watched' | 'click' | 'skip' {
  if (share >= SHARE_BOUNDS.watched) return 'watched';
  return share < SHARE_BOUNDS.skip ? 'skip' : 'click';
}
