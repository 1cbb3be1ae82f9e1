import Type, { type Static } from 'typebox';
import { parseConfig } from '../config/parse-config.ts';
import { hitsSchema } from './hits-schema.ts';
import { ACROSS_USERS_LEAK, holdOutLast, TIE_NOTE } from './hold-out-last.ts';
import type { SplitProtocol } from './split.ts';

const userHoldoutConfigSchema = Type.Object(
  { targetCount: Type.Integer({ minimum: 1 }), hits: hitsSchema },
  { additionalProperties: false },
);

export type UserHoldoutConfig = Static<typeof userHoldoutConfigSchema>;

/**
 * Each user's last `targetCount` items are one test query with that many targets, the `targetCount` before them one
 * validation query. For data sets so small that one target per user is too few.
 */
export const userHoldoutPerUserProtocol: SplitProtocol<UserHoldoutConfig> = {
  name: 'user-holdout-per-user',
  version: 2,
  defaults: { targetCount: 5, hits: 'all' },
  split(input, overrides = {}) {
    const config = parseConfig(`protocol "${this.name}"`, userHoldoutConfigSchema, this.defaults, overrides);
    return {
      protocol: this.name,
      protocolVersion: this.version,
      config,
      recallOver: 'targets',
      ...holdOutLast(input, config.targetCount, config.hits),
      leaks: [ACROSS_USERS_LEAK],
      notes: [
        `Test: each user’s last ${config.targetCount} items, asked at once, at the moment of the first. Validation: the ${config.targetCount} before them.`,
        TIE_NOTE,
        'Ranked: every item with an interaction anywhere in the data, save those the user has met. Release times are ignored.',
      ],
    };
  },
};
