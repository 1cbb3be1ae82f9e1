/** What a ranker learns from: candidates of many queries as rows of features, with what came of them. */
export interface RankingTable {
  readonly featureNames: readonly string[];
  readonly rowCount: number;
  /** Row-major [rowCount, featureNames.length]; NaN = missing. */
  readonly values: Float32Array;
  /** 1 = what the user turned to, 0 = not. Length rowCount. */
  readonly labels: Float32Array;
  /** Rows of one query are adjacent; sums to rowCount. */
  readonly groupSizes: Int32Array;
}
