import { createRandom, MatineeError, type Random } from '@matinee/numerics';
import Type, { type Static } from 'typebox';
import { parseConfig } from '../config/parse-config.ts';
import { alwaysAvailable } from './availability.ts';
import { hitsSchema } from './hits-schema.ts';
import { ACROSS_USERS_LEAK } from './hold-out-last.ts';
import { selectInteractions } from './select-interactions.ts';
import type { EvaluationQuery, Fold, Split, SplitInput, SplitProtocol } from './split.ts';
import { buildUserTimelines, type UserTimelines } from './user-timelines.ts';

const strongGeneralisationConfigSchema = Type.Object(
  {
    /** Share of the users held out for validation, and as many again for test. */
    heldOutShare: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 0.5 }),
    /** Share of a held-out user's items that is the history; the rest are targets. */
    foldInShare: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
    /** Users with fewer items train, and are not held out. */
    minUserItems: Type.Integer({ minimum: 2 }),
    /** Whether the validation users train the models of the test (Liang et al. do not). */
    refitOnValidation: Type.Boolean(),
    hits: hitsSchema,
    seed: Type.Integer({ minimum: 0, maximum: 4294967295 }),
  },
  { additionalProperties: false },
);

export type StrongGeneralisationConfig = Static<typeof strongGeneralisationConfigSchema>;

/**
 * Holds out whole users: a random part of each one's items is the history, the rest are the targets. Recall is over
 * min(k, targets). Items that no training user met cannot be ranked and are not targets.
 *
 * To reproduce Liang et al. on MovieLens 20M, filter with `positiveOnly` (ratings of 4 and more) and `minUserCount` 5,
 * and set `refitOnValidation` false.
 *
 * @see Liang, Krishnan, Hoffman & Jebara (2018), Variational autoencoders for collaborative filtering, WWW.
 */
export const strongGeneralisationProtocol: SplitProtocol<StrongGeneralisationConfig> = {
  name: 'strong-generalisation',
  version: 2,
  defaults: { heldOutShare: 0.1, foldInShare: 0.8, minUserItems: 5, refitOnValidation: true, hits: 'all', seed: 1 },
  split(input, overrides = {}) {
    const config = parseConfig(`protocol "${this.name}"`, strongGeneralisationConfigSchema, this.defaults, overrides);
    return splitUsers(input, config, this.version);
  },
};

function splitUsers(input: SplitInput, config: StrongGeneralisationConfig, protocolVersion: number): Split {
  const { interactions, itemCount } = input;
  const timelines = buildUserTimelines(input);
  const { eligible, activeUsers } = findEligibleUsers(timelines, config.minUserItems);
  const heldOutCount = Math.floor(eligible.length * config.heldOutShare);
  if (heldOutCount === 0) {
    throw new MatineeError(
      'EMPTY_SPLIT',
      `heldOutShare ${config.heldOutShare} of ${eligible.length} users with ${config.minUserItems} items is nobody; raise it`,
    );
  }
  const random = createRandom(config.seed).fork('strong-generalisation');
  random.shuffle(eligible);
  const validationUsers = eligible.slice(0, heldOutCount).sort((a, b) => a - b);
  const testUsers = eligible.slice(heldOutCount, 2 * heldOutCount).sort((a, b) => a - b);

  const role = new Uint8Array(timelines.userCount); // 0 trains, 1 validates, 2 tests
  for (const user of validationUsers) role[user] = 1;
  for (const user of testUsers) role[user] = 2;
  const counts: Record<string, number> = { interactions: interactions.count, users: activeUsers };
  const fold = (name: string, users: number[], lastTrainingRole: number): Fold => {
    const train = selectInteractions(
      interactions,
      Uint8Array.from(interactions.userIndices, (user) => (role[user] <= lastTrainingRole ? 1 : 0)),
    );
    const availableFrom = alwaysAvailable(train, itemCount);
    const { queries, unknownTargets, usersWithoutTarget } = foldIn(timelines, users, availableFrom, config, random);
    if (train.count === 0 || queries.length === 0) {
      throw new MatineeError(
        'EMPTY_SPLIT',
        `the ${name} part holds no training interaction or no target; change heldOutShare`,
      );
    }
    counts[`${name}.trainInteractions`] = train.count;
    counts[`${name}.heldOutUsers`] = users.length;
    counts[`${name}.targetsUnknownToTraining`] = unknownTargets;
    counts[`${name}.usersWithoutTarget`] = usersWithoutTarget;
    return { train, trainAsOf: train.timestamps.at(-1) ?? 0, queries, availableFrom };
  };
  // Validation first: both folds draw from one random stream.
  const validation = fold('validation', validationUsers, 0);
  const test = fold('test', testUsers, config.refitOnValidation ? 1 : 0);
  return {
    protocol: 'strong-generalisation',
    protocolVersion,
    config,
    recallOver: 'min-k-targets',
    validation,
    test,
    leaks: [ACROSS_USERS_LEAK, 'Leaky in time: which items of a user are folded in and which are asked for is random.'],
    notes: [
      `${heldOutCount} users validate, ${heldOutCount} test, nobody of them trains${config.refitOnValidation ? ' for their own part; the test models are fitted on the validation users too' : ''}. A random ${Math.round(config.foldInShare * 100)} % of a held-out user’s items is the history, the rest are the targets (seed ${config.seed}).`,
      'Recall is divided by min(k, number of targets).',
      'Ranked: every item that a training user met, save the history.',
    ],
    counts,
  };
}

/** Returns the users with at least `minUserItems` items, and how many have any. */
function findEligibleUsers(
  timelines: UserTimelines,
  minUserItems: number,
): { eligible: number[]; activeUsers: number } {
  const eligible: number[] = [];
  let activeUsers = 0;
  for (let user = 0; user < timelines.userCount; user++) {
    let items = 0;
    for (let at = timelines.pointers[user]; at < timelines.pointers[user + 1]; at++) items += timelines.isFirst[at];
    if (items > 0) activeUsers++;
    if (items >= minUserItems) eligible.push(user);
  }
  return { eligible, activeUsers };
}

/** Splits each user's items at random into history and targets; items unknown to training are not targets. */
function foldIn(
  timelines: UserTimelines,
  users: readonly number[],
  availableFrom: Float64Array,
  { foldInShare, hits }: StrongGeneralisationConfig,
  random: Random,
): { queries: EvaluationQuery[]; unknownTargets: number; usersWithoutTarget: number } {
  const queries: EvaluationQuery[] = [];
  let unknownTargets = 0;
  let usersWithoutTarget = 0;
  for (const user of users) {
    const contacts: number[] = [];
    for (let position = timelines.pointers[user]; position < timelines.pointers[user + 1]; position++) {
      if (timelines.isFirst[position] === 1) contacts.push(position);
    }
    const order = random.shuffle(contacts.slice());
    // At least one item on either side.
    const shown = Math.min(contacts.length - 1, Math.max(1, Math.round(contacts.length * foldInShare)));
    const historyPositions = order.slice(0, shown).sort((a, b) => a - b);
    const targets: number[] = [];
    for (const position of order.slice(shown).sort((a, b) => a - b)) {
      if (hits === 'positive' && timelines.labels[position] === 0) continue;
      const item = timelines.itemIndices[position];
      if (availableFrom[item] === Number.POSITIVE_INFINITY) unknownTargets++;
      else targets.push(item);
    }
    if (targets.length === 0) {
      usersWithoutTarget++;
      continue;
    }
    queries.push({
      userIndex: user,
      history: historyAt(timelines, historyPositions),
      asOf: timelines.timestamps[timelines.pointers[user + 1] - 1],
      targets: Int32Array.from(targets),
    });
  }
  return { queries, unknownTargets, usersWithoutTarget };
}

function historyAt(timelines: UserTimelines, positions: readonly number[]): EvaluationQuery['history'] {
  const { ratings } = timelines;
  return {
    itemIndices: Int32Array.from(positions, (position) => timelines.itemIndices[position]),
    timestamps: Float64Array.from(positions, (position) => timelines.timestamps[position]),
    weights: Float32Array.from(positions, (position) => timelines.weights[position]),
    ...(ratings && { ratings: Float32Array.from(positions, (position) => ratings[position]) }),
  };
}
