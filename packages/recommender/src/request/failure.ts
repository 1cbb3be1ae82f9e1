/** A part that failed for one request, other than a candidate source. The answer is made without it. */
export interface Failure {
  /** `event log` or `ranker`. */
  readonly part: string;
  readonly error: string;
}
