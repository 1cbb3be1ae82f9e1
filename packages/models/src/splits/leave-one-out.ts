import Type, { type Static } from 'typebox';
import { parseConfig } from '../config/parse-config.ts';
import { hitsSchema } from './hits-schema.ts';
import { ACROSS_USERS_LEAK, holdOutLast, TIE_NOTE } from './hold-out-last.ts';
import type { SplitProtocol } from './split.ts';

const leaveOneOutConfigSchema = Type.Object(
  {
    hits: hitsSchema,
    /**
     * Maximum number of each user's interactions before the test target (0 = no limit). Benchmarks of sequence models
     * cut at 200; older interactions neither train nor count as seen.
     */
    maxHistory: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);

export type LeaveOneOutConfig = Static<typeof leaveOneOutConfigSchema>;

/**
 * Each user's last item is the test target, the last but one the validation target, the rest trains. The test fold's
 * history and training data contain the validation item. For comparison with the literature (SASRec, BERT4Rec, HSTU),
 * with full ranking: no sampled negatives.
 *
 * @see Kang & McAuley (2018), Self-attentive sequential recommendation, ICDM.
 */
export const leaveOneOutProtocol: SplitProtocol<LeaveOneOutConfig> = {
  name: 'leave-one-out',
  version: 2,
  defaults: { hits: 'all', maxHistory: 0 },
  split(input, overrides = {}) {
    const config = parseConfig(`protocol "${this.name}"`, leaveOneOutConfigSchema, this.defaults, overrides);
    return {
      protocol: this.name,
      protocolVersion: this.version,
      config,
      recallOver: 'targets',
      ...holdOutLast(input, 1, config.hits, config.maxHistory),
      leaks: [ACROSS_USERS_LEAK],
      notes: [
        'Test: each user’s last item. Validation: the last but one. The test history and the training data of the test hold the validation item.',
        TIE_NOTE,
        'Ranked: every item with an interaction anywhere in the data, save those the user has met. Release times are ignored.',
      ],
    };
  },
};
