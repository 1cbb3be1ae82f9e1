import type { Quotes } from './data-source.ts';

/** One record of a CSV text, or a line that is not a record. */
export type CsvRecord =
  | { readonly line: number; readonly fields: readonly string[]; readonly text: string }
  | { readonly line: number; readonly problem: string; readonly text: string };

export interface CsvRules {
  readonly delimiter: string;
  /** A quoted field may contain delimiters, line breaks and doubled quotes (RFC 4180). */
  readonly quotes: Quotes;
  /** Where given, the last column takes the rest of the line. */
  readonly columnCount?: number | undefined;
}

const MAX_TEXT = 2000;

/**
 * Yields the records of a CSV text, with the physical line (from 1) on which each begins. It is meant for catalogues,
 * which are small but have quotes and line breaks in titles. Blank lines are skipped. A record with unbalanced quotes
 * costs only its first line: reading continues on the next line, so a stray quote never consumes the rest of the file.
 * A quote inside an unquoted field is an ordinary character. With loose quotes, a line whose quotes do not match has
 * none.
 */
export function* csvRecords(text: string, { delimiter, quotes, columnCount }: CsvRules): Generator<CsvRecord> {
  let position = 0;
  let line = 1;
  while (position < text.length) {
    const lineEnd = endOfLine(text, position);
    if (lineEnd === position) {
      position = afterBreak(text, lineEnd);
      line++;
      continue;
    }
    const quoted = readRecord(text, position, delimiter, quotes !== 'none');
    const isPlain = quotes === 'loose' && 'problem' in quoted;
    const record = isPlain ? readRecord(text, position, delimiter, false) : quoted;
    const end = 'problem' in record ? lineEnd : record.end;
    const whole = text.slice(position, Math.min(end, position + MAX_TEXT));
    if ('problem' in record) yield { line, problem: record.problem, text: whole };
    else yield { line, fields: joinRest(record.fields, delimiter, columnCount), text: whole };
    line += 1 + countBreaks(text, position, end);
    position = afterBreak(text, end);
  }
}

function joinRest(fields: readonly string[], delimiter: string, count: number | undefined): readonly string[] {
  if (count === undefined || fields.length <= count) return fields;
  return [...fields.slice(0, count - 1), fields.slice(count - 1).join(delimiter)];
}

/** Reads one record. `end` is the position of the line break after it, or the end of the text. */
function readRecord(
  text: string,
  start: number,
  delimiter: string,
  quotes: boolean,
): { readonly fields: string[]; readonly end: number } | { readonly problem: string } {
  const fields: string[] = [];
  let position = start;
  const lineEnd = endOfLine(text, start);
  for (;;) {
    if (quotes && text[position] === '"') {
      const field = readQuoted(text, position);
      if (field === undefined) return { problem: 'a quote is not closed' };
      fields.push(field.value);
      position = field.end;
      if (position >= text.length || isBreak(text, position)) return { fields, end: position };
      if (!text.startsWith(delimiter, position)) return { problem: 'text after a closing quote' };
    } else {
      const end = position <= lineEnd ? lineEnd : endOfLine(text, position);
      const next = text.indexOf(delimiter, position);
      if (next < 0 || next >= end) {
        fields.push(text.slice(position, end));
        return { fields, end };
      }
      fields.push(text.slice(position, next));
      position = next;
    }
    position += delimiter.length;
  }
}

function readQuoted(text: string, start: number): { readonly value: string; readonly end: number } | undefined {
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return undefined;
    if (text[quote + 1] !== '"') {
      return { value: text.slice(start + 1, quote).replaceAll('""', '"'), end: quote + 1 };
    }
    from = quote + 2;
  }
}

/** Returns whether a line ends here, with LF or CR LF; a CR alone is an ordinary character. */
function isBreak(text: string, position: number): boolean {
  return text[position] === '\n' || (text[position] === '\r' && text[position + 1] === '\n');
}

function endOfLine(text: string, start: number): number {
  const feed = text.indexOf('\n', start);
  if (feed < 0) return text.length;
  return feed > start && text[feed - 1] === '\r' ? feed - 1 : feed;
}

function afterBreak(text: string, position: number): number {
  return position + (text[position] === '\r' ? 2 : 1);
}

function countBreaks(text: string, start: number, end: number): number {
  let count = 0;
  for (let feed = text.indexOf('\n', start); feed >= 0 && feed < end; feed = text.indexOf('\n', feed + 1)) count++;
  return count;
}
