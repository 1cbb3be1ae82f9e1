/** One step of a sweep: a limited number of rows is looked at, so that a large table never holds up other work. */
export interface SweepStep {
  /** Rows up to this one have been looked at, in the order in which they were stored; the next step begins after it. */
  readonly lastRow: number;
  /** True if there are no further rows. */
  readonly isLast: boolean;
  /** How many rows were removed. */
  readonly removed: number;
}

/** What every sweep is given. */
export interface SweepRange {
  /** {@link SweepStep.lastRow} of the step before; 0 begins anew. */
  readonly afterRow: number;
  /** Highest number of rows to look at. */
  readonly limit: number;
}
