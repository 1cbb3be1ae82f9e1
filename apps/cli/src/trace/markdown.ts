/** A table in Markdown. Cells are Markdown without line breaks: {@link asText} makes it of names from the data. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Returns Markdown that shows exactly this text, whatever marks, tags or line breaks a name from the data holds. */
export function asText(name: string): string {
  return name.replaceAll(/\s+/g, ' ').replaceAll(/[\\*_[\]<>`]/g, '\\$&');
}

/** Words that would turn a line that starts with them into a list or a heading. */
const NEVER_FIRST = /^([-+*#>]+|\d+[.)])$/;

/**
 * Breaks text into lines of at most `width` characters; only longer words exceed it. Line breaks in it do not matter.
 */
export function wrap(text: string, width = 120): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width && !NEVER_FIRST.test(word)) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}

/** A number with `decimals` decimals and a true minus sign; "—" for NaN. */
export function fixed(value: number, decimals = 4): string {
  if (Number.isNaN(value)) return '—';
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/** As {@link fixed}, with a plus sign for positive numbers. */
export function signed(value: number, decimals = 4): string {
  return Number(value.toFixed(decimals)) > 0 ? `+${fixed(value, decimals)}` : fixed(value, decimals);
}

/** A quantity of any size: whole numbers as they are, others with four digits. */
export function quantity(value: number): string {
  return fixed(value, Number.isInteger(value) ? 0 : decimalsOf(value));
}

/** Decimals that show four digits of `value`; at least one. */
export function decimalsOf(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return 4;
  return Math.min(9, Math.max(1, 3 - Math.floor(Math.log10(Math.abs(value)))));
}

/** `1,234`. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** `1 title`, `3 titles`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** `2016-10-16`, of seconds since 1970. */
export function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
