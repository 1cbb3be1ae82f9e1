/** Titles alone, best first: what similar titles and first questions are answered with. */
export interface TitleList {
  /** Item indices. */
  readonly titles: readonly number[];
  /** Names of what failed or was late: the titles were found without it. */
  readonly missing: readonly string[];
}
