/**
 * Rows of text as lines, two spaces between columns.
 *
 * @param rows The first is the head.
 * @param toTheLeft Heads of the columns of words; the others, of numbers, go to the right.
 */
export function alignColumns(rows: readonly (readonly string[])[], toTheLeft: readonly string[]): string[] {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return toTheLeft.includes(head[column] ?? '') ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
