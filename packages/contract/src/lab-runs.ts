import { type Static, Type } from 'typebox';
import { Estimate } from './status.ts';

/** One release on disk: how it was trained, and what was measured in its training. */
export const LabRun = Type.Object(
  {
    version: Type.String(),
    generation: Type.String(),
    isServed: Type.Boolean(),
    /** ISO 8601; null where it is not recorded. */
    savedAt: Type.Union([Type.String(), Type.Null()]),
    seed: Type.Union([Type.Integer(), Type.Null()]),
    /** Why it is not compared with the release that is served: other data, another seed, other held-out users. */
    apart: Type.Optional(Type.String()),
    /** NDCG@10 on users that nothing of it was learned from. */
    heldOut: Type.Optional(Type.Object({ users: Type.Integer(), queries: Type.Integer(), ndcg: Estimate })),
    /** As recorded in training; docs/evaluation.md says what each means. */
    metrics: Type.Record(Type.String(), Type.Number()),
    sources: Type.Array(
      Type.Object({
        name: Type.String(),
        weight: Type.Number(),
        /** NDCG@100 of its list alone, on held-out queries; null where it was not measured. */
        alone: Type.Union([Type.Number(), Type.Null()]),
      }),
    ),
    /** What it does not have of its configuration, and why. */
    leftOut: Type.Array(Type.Object({ part: Type.String(), reason: Type.String() })),
    /** Milliseconds by stage of the training, in the order of the stages; cached stages have those of the first run. */
    timings: Type.Array(Type.Object({ stage: Type.String(), ms: Type.Number() })),
  },
  { $id: 'LabRun' },
);
export type LabRun = Static<typeof LabRun>;

/** Response of `GET /api/v1/lab/runs`. */
export const LabRunsResponse = Type.Object(
  {
    dataset: Type.String(),
    /** The latest first. */
    runs: Type.Array(LabRun),
    /** The latest run of each generation against the one before it, on the same held-out users. */
    steps: Type.Array(
      Type.Object({
        earlier: Type.String(),
        later: Type.String(),
        users: Type.Integer(),
        queries: Type.Integer(),
        /** NDCG@10 of both. */
        earlierNdcg: Type.Number(),
        laterNdcg: Type.Number(),
        /** Later minus earlier, paired by user, with its 95 % interval. */
        difference: Estimate,
      }),
    ),
  },
  { $id: 'LabRunsResponse' },
);
export type LabRunsResponse = Static<typeof LabRunsResponse>;
