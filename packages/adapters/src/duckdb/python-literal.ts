const NAMES: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '\n': '' };

/**
 * Parses a literal of Python (texts, numbers, True, False, None, lists, tuples, dictionaries), as files hold it whose
 * cells were written with `str()`. Returns undefined if the text is none. Tuples become arrays, keys texts; an integer
 * beyond ±2⁵³ becomes its text.
 */
export function parsePythonLiteral(text: string): unknown {
  const reader = createReader(text);
  try {
    const value = reader.value();
    return reader.isAtEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function createReader(text: string) {
  let position = 0;
  const refuse = (): never => {
    throw new SyntaxError('not a literal');
  };
  const skipBlanks = (): void => {
    while (/\s/.test(text[position] ?? '')) position++;
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) position += found.length;
    return found;
  };
  /** Reads values up to a closing bracket; a comma may follow the last. */
  const sequence = (close: string, readOne: () => void): void => {
    position++;
    for (skipBlanks(); text[position] !== close; skipBlanks()) {
      readOne();
      skipBlanks();
      if (text[position] === ',') position++;
      else if (text[position] !== close) refuse();
    }
    position++;
  };
  const list = (close: string): unknown[] => {
    const values: unknown[] = [];
    sequence(close, () => values.push(value()));
    return values;
  };
  const dictionary = (): Record<string, unknown> => {
    const entries: [string, unknown][] = [];
    sequence('}', () => {
      const key = value();
      skipBlanks();
      if (text[position++] !== ':') refuse();
      entries.push([String(key), value()]);
    });
    return Object.fromEntries(entries);
  };
  const quoted = (quote: string): string => {
    let result = '';
    position++;
    for (;;) {
      const plain = match(quote === '"' ? /[^"\\]*/y : /[^'\\]*/y) ?? '';
      result += plain;
      const next = text[position++];
      if (next === quote) return result;
      if (next === undefined) refuse();
      const code = match(/x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}/y);
      const point = code === undefined ? 0 : Number.parseInt(code.slice(1), 16);
      if (point > 0x10ffff) refuse();
      if (code !== undefined) result += String.fromCodePoint(point);
      else {
        const escaped = text[position++] ?? refuse();
        result += ESCAPES[escaped] ?? escaped;
      }
    }
  };
  const value = (): unknown => {
    skipBlanks();
    match(/[uUbB](?=['"])/y);
    const first = text[position];
    if (first === '[') return list(']');
    if (first === '(') return list(')');
    if (first === '{') return dictionary();
    if (first === '"' || first === "'") return quoted(first);
    const word = match(/[A-Za-z_]\w*/y);
    if (word !== undefined) return Object.hasOwn(NAMES, word) ? NAMES[word] : refuse();
    const number = match(/[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y) ?? refuse();
    const isRounded = /^[+-]?\d+$/.test(number) && !Number.isSafeInteger(Number(number));
    return isRounded ? number : Number(number);
  };
  return {
    value,
    isAtEnd: (): boolean => {
      skipBlanks();
      return position === text.length;
    },
  };
}
