/**
 * Weighted user–item facts: what models are fitted on. Made from the event log by the confidence rule
 * (`confidence.ts`), sorted as the log is. All arrays have length `count`.
 */
export interface Interactions {
  readonly count: number;
  readonly userIndices: Int32Array;
  readonly itemIndices: Int32Array;
  /** Seconds since 1970, UTC. */
  readonly timestamps: Float64Array;
  /** How much the event says about taste: > 0 for, < 0 against. Never 0 or NaN. */
  readonly weights: Float32Array;
  /** 1 = a success (what a recommender should have shown), 0 = not. */
  readonly labels: Uint8Array;
  /** What the user rated the item with, as the source gave it; NaN = not rated. Absent where nobody rated anything. */
  readonly ratings?: Float32Array;
}

/** One user's interactions up to some moment, oldest first. The arrays share one length and are often views. */
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
