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
    /** Loss and validation by epoch of the networks that were trained in this run, not taken from the stage cache. */
    curves: Type.Array(
      Type.Object({
        stage: Type.String(),
        epochs: Type.Array(Type.Object({ epoch: Type.Integer(), loss: Type.Number(), validation: Type.Number() })),
      }),
    ),
    /** Milliseconds by stage of the training, in the order of the stages; a stage from the cache takes next to none. */
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

const Latency = Type.Object({ name: Type.String(), p50: Type.Number(), p95: Type.Number(), max: Type.Number() });

/** Response of `GET /api/v1/lab/system`: what this process holds and how fast it answers. */
export const LabSystemResponse = Type.Object(
  {
    /** Seconds since the process started. */
    uptime: Type.Number(),
    node: Type.String(),
    /** Bytes. */
    memory: Type.Object({ resident: Type.Integer(), heap: Type.Integer(), buffers: Type.Integer() }),
    catalogue: Type.Object({ items: Type.Integer(), users: Type.Integer() }),
    sources: Type.Array(
      Type.Object({
        name: Type.String(),
        kind: Type.String(),
        weight: Type.Number(),
        /** Numbers in each title's vector; null for a source without vectors. */
        dimensions: Type.Union([Type.Integer(), Type.Null()]),
      }),
    ),
    traces: Type.Object({
      count: Type.Integer(),
      bytes: Type.Integer(),
      maxCount: Type.Integer(),
      maxBytes: Type.Integer(),
    }),
    /** Milliseconds of the page requests whose traces are kept: as a whole, by stage and by source. */
    latency: Type.Object({
      requests: Type.Integer(),
      /** ISO 8601; null without requests. */
      since: Type.Union([Type.String(), Type.Null()]),
      whole: Type.Array(Latency),
      stages: Type.Array(Latency),
      sources: Type.Array(Latency),
    }),
  },
  { $id: 'LabSystemResponse' },
);
export type LabSystemResponse = Static<typeof LabSystemResponse>;
