/**
 * Formats rows of text as lines, with two spaces between columns.
 *
 * @param rows The first row is the head.
 * @param toTheLeft Heads of the columns to align left, usually words; all others, usually numbers, are aligned right.
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
