/**
 * Measurements: one row per observation (a query or a target), one column per metric. NaN = the metric is undefined for
 * this observation; it is left out of the mean.
 */
export interface ObservationTable {
  readonly columns: readonly string[];
  /** User of each row. */
  readonly userIndices: Int32Array;
  /** Row-major [rowCount × columns.length]. */
  readonly values: Float64Array;
}

/** The rows of several tables with equal columns, one after the other. */
export function joinTables(tables: readonly ObservationTable[]): ObservationTable {
  const rowCount = tables.reduce((sum, { userIndices }) => sum + userIndices.length, 0);
  const { columns } = tables[0];
  const userIndices = new Int32Array(rowCount);
  const values = new Float64Array(rowCount * columns.length);
  let row = 0;
  for (const table of tables) {
    userIndices.set(table.userIndices, row);
    values.set(table.values, row * columns.length);
    row += table.userIndices.length;
  }
  return { columns, userIndices, values };
}

/** Mean of a column over the rows that have it; NaN where none has. */
export function meanOfColumn({ columns, userIndices, values }: ObservationTable, column: string): number {
  const at = columns.indexOf(column);
  let [sum, count] = [0, 0];
  for (let row = 0; row < userIndices.length; row++) {
    const value = values[row * columns.length + at];
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** Sums per user, which the bootstrap resamples. Users in ascending order of index. */
export interface UserTotals {
  readonly columns: readonly string[];
  readonly userCount: number;
  readonly rowCount: number;
  /** [userCount × columns.length] */
  readonly sums: Float64Array;
  /** Observations behind each sum; [userCount × countWidth]. */
  readonly counts: Float64Array;
  /** 1 if all columns have the same observations (no NaN), else `columns.length`. */
  readonly countWidth: number;
}

/** Adds up the rows for which `includes` is true. Users without such a row are left out. */
export function totalByUser(table: ObservationTable, includes: (row: number) => boolean = () => true): UserTotals {
  const { columns, userIndices, values } = table;
  const width = columns.length;
  const rows: number[] = [];
  for (let row = 0; row < userIndices.length; row++) if (includes(row)) rows.push(row);
  const users = Array.from(new Set(rows.map((row) => userIndices[row]))).sort((a, b) => a - b);
  const position = new Map(users.map((user, index) => [user, index]));
  const sums = new Float64Array(users.length * width);
  const hasGaps = rows.some((row) => values.subarray(row * width, (row + 1) * width).some(Number.isNaN));
  const countWidth = hasGaps ? width : 1;
  const counts = new Float64Array(users.length * countWidth);
  for (const row of rows) {
    const user = position.get(userIndices[row]) ?? 0;
    const base = user * width;
    if (!hasGaps) counts[user]++;
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column];
      if (Number.isNaN(value)) continue;
      sums[base + column] += value;
      if (hasGaps) counts[base + column]++;
    }
  }
  return { columns, userCount: users.length, rowCount: rows.length, sums, counts, countWidth };
}
