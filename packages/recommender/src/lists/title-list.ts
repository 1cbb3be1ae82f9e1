/** A list of items without reasons, best first. */
export interface TitleList {
  /** Item indices. */
  readonly titles: readonly number[];
  /** Names of sources and parts that failed or were late. */
  readonly missing: readonly string[];
}
