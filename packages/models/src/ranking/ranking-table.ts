import { MatineeError } from '@matinee/numerics';

/** Candidates of many queries with their features and labels. */
export interface RankingTable {
  readonly featureNames: readonly string[];
  readonly rowCount: number;
  /** Row-major [rowCount, featureNames.length]; NaN = missing. */
  readonly values: Float32Array;
  /** 1 = the user engaged with the item, 0 = not. Length rowCount. */
  readonly labels: Float32Array;
  /** Number of rows of each query. Rows of one query are adjacent; sums to rowCount. */
  readonly groupSizes: Int32Array;
}

/** The rows of one query, [start, end). */
export interface QueryRows {
  readonly start: number;
  readonly end: number;
  /** Rows of label 1 among them. */
  readonly positiveCount: number;
}

/**
 * Checks that a table is consistent.
 *
 * @param name Name of the table in messages: `train`, `validation`.
 * @throws {MatineeError} `BAD_FEATURES`, `BAD_LABELS` or `BAD_GROUPS`, naming the table, the field and the fix.
 */
export function checkRankingTable(name: string, table: RankingTable): void {
  const { featureNames, rowCount, values, labels, groupSizes } = table;
  if (featureNames.length === 0)
    throw new MatineeError('BAD_FEATURES', `${name}: featureNames is empty; give features`);
  const repeated = featureNames.find((feature, at) => featureNames.indexOf(feature) !== at);
  if (repeated !== undefined) {
    throw new MatineeError('BAD_FEATURES', `${name}: two features are called "${repeated}"; rename one`);
  }
  if (values.length !== rowCount * featureNames.length) {
    throw new MatineeError(
      'BAD_FEATURES',
      `${name}: values has ${values.length} numbers; ${rowCount} rows of ${featureNames.length} features need ${rowCount * featureNames.length}`,
    );
  }
  if (labels.length !== rowCount) {
    throw new MatineeError('BAD_LABELS', `${name}: labels has ${labels.length} values for ${rowCount} rows`);
  }
  const badLabel = labels.findIndex((label) => label !== 0 && label !== 1);
  if (badLabel >= 0) {
    throw new MatineeError('BAD_LABELS', `${name}: labels[${badLabel}] is ${labels[badLabel]}; a label is 0 or 1`);
  }
  const badGroup = groupSizes.findIndex((size) => size <= 0);
  if (badGroup >= 0) {
    throw new MatineeError(
      'BAD_GROUPS',
      `${name}: groupSizes[${badGroup}] is ${groupSizes[badGroup]}; leave out queries without rows`,
    );
  }
  const total = groupSizes.reduce((sum, size) => sum + size, 0);
  if (total !== rowCount) {
    throw new MatineeError('BAD_GROUPS', `${name}: groupSizes sums to ${total} and the table has ${rowCount} rows`);
  }
}

/**
 * Checks that `table` has the features of the network, in their order.
 *
 * @throws {MatineeError} `BAD_FEATURES`, naming the first difference.
 */
export function requireSameFeatures(name: string, { featureNames }: RankingTable, expected: readonly string[]): void {
  const count = Math.max(featureNames.length, expected.length);
  for (let at = 0; at < count; at++) {
    if (featureNames[at] === expected[at]) continue;
    const show = (feature: string | undefined): string => (feature === undefined ? 'nothing' : `"${feature}"`);
    throw new MatineeError(
      'BAD_FEATURES',
      `${name}: feature ${at} is ${show(featureNames[at])} and must be ${show(expected[at])}; give the features of training in their order`,
    );
  }
}

/** The row range of each query, in order. */
export function locateQueries({ groupSizes, labels }: RankingTable): QueryRows[] {
  let end = 0;
  return Array.from(groupSizes, (size) => {
    const start = end;
    end += size;
    let positiveCount = 0;
    for (let row = start; row < end; row++) positiveCount += labels[row];
    return { start, end, positiveCount };
  });
}
