/**
 * Weighted user–item interactions that models are fitted on. The confidence rule (`confidence.ts`) derives them from
 * the event log, in order of time. All arrays have length `count`.
 */
export interface Interactions {
  readonly count: number;
  readonly userIndices: Int32Array;
  readonly itemIndices: Int32Array;
  /** Seconds since 1970, UTC. */
  readonly timestamps: Float64Array;
  /** Weight of the event as evidence of taste: > 0 for the item, < 0 against it. Never 0 or NaN. */
  readonly weights: Float32Array;
  /** 1 = a success, which a recommender should have shown; 0 = not. */
  readonly labels: Uint8Array;
  /** The user's rating as the source gave it; NaN = not rated. Absent when the data has no ratings. */
  readonly ratings?: Float32Array;
}

/** One user's interactions up to some time, oldest first. The arrays have equal lengths and are often views. */
export interface History {
  readonly itemIndices: Int32Array;
  /** Seconds since 1970, UTC; ascending. */
  readonly timestamps: Float64Array;
  readonly weights: Float32Array;
  /** As in {@link Interactions}. */
  readonly ratings?: Float32Array;
}

export const EMPTY_HISTORY: History = {
  itemIndices: new Int32Array(0),
  timestamps: new Float64Array(0),
  weights: new Float32Array(0),
};
