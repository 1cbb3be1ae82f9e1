import type { ReactNode } from 'react';
import { lab } from '../../messages/lab-en.ts';
import { toCsv } from './csv.ts';
import styles from './data-table.module.css';

interface Column<Row> {
  readonly heading: string;
  /** The raw value, for the CSV and as the text of the cell unless `show` says otherwise. */
  readonly value: (row: Row) => string | number | null;
  readonly show?: (row: Row) => ReactNode;
  readonly isNumber?: boolean;
  /** Draws a bar behind the text, −1 to 1 of the cell's width. */
  readonly bar?: (row: Row) => number;
}

interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Name of the file without its ending. */
  readonly file: string;
  /** All rows for the CSV, where the table shows some. */
  readonly allRows?: readonly Row[];
  readonly empty?: string;
}

/** A table whose numbers carry bars: it is a chart and its own table, and can be saved as CSV. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  keyOf,
  file,
  allRows = rows,
  empty,
}: DataTableProps<Row>): ReactNode {
  if (rows.length === 0 && empty !== undefined) return <p className={styles.empty}>{empty}</p>;
  const save = () =>
    saveText(
      `${file}.csv`,
      toCsv([columns.map(({ heading }) => heading), ...allRows.map((row) => columns.map(({ value }) => value(row)))]),
    );
  return (
    <div className={styles.frame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, which needs the keyboard too */}
      <section className={styles.scroll} tabIndex={0} aria-label={caption}>
        <table className={styles.table}>
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ heading, isNumber }) => (
                <th key={heading} scope="col" data-number={isNumber}>
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map((column, at) =>
                  at === 0 ? (
                    <th key={column.heading} scope="row">
                      <Cell column={column} row={row} />
                    </th>
                  ) : (
                    <td key={column.heading} data-number={column.isNumber}>
                      <Cell column={column} row={row} />
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <button type="button" className={styles.save} aria-label={lab.csvOf(caption)} onClick={save}>
        {lab.csv}
      </button>
    </div>
  );
}

function Cell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }): ReactNode {
  const { value, show, bar } = column;
  const content = show ? show(row) : (value(row) ?? '—');
  return bar ? <Bar share={bar(row)}>{content}</Bar> : content;
}

function Bar({ share, children }: { readonly share: number; readonly children: ReactNode }) {
  return (
    <span className={styles.bar}>
      <span
        aria-hidden="true"
        data-negative={share < 0}
        style={{ inlineSize: `${Math.round(Math.min(1, Math.abs(share)) * 1000) / 10}%` }}
      />
      <span>{children}</span>
    </span>
  );
}

function saveText(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
