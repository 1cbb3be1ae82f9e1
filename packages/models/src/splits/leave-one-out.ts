import Type, { type Static } from 'typebox';
import { parseConfig } from '../config/parse-config.ts';
import { hitsSchema } from './hits-schema.ts';
import { ACROSS_USERS_LEAK, holdOutLast, TIE_NOTE } from './hold-out-last.ts';
import type { SplitProtocol } from './split.ts';

const leaveOneOutConfigSchema = Type.Object(
  {
    hits: hitsSchema,
    /**
     * Of each user only so many interactions before the test target are kept at all (0 = every one). Sequence models'
     * benchmarks cut at 200, and forget what came before: it neither trains nor counts as seen.
     */
    maxHistory: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);

export type LeaveOneOutConfig = Static<typeof leaveOneOutConfigSchema>;

/**
 * Each user's last item is the test target, the last but one the validation target, the rest trains; at test time the
 * history holds the validation item and so does the training data. For comparison with the literature (SASRec, BERT4Rec,
 * HSTU), with full ranking: no sampled negatives.
 *
 * @see Kang & McAuley (2018), Self-attentive sequential recommendation, ICDM.
 */
export const leaveOneOutProtocol: SplitProtocol<LeaveOneOutConfig> = {
  name: 'leave-one-out',
  version: 1,
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
