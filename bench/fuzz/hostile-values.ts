import type { Random } from '@matinee/numerics';

export function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.integer(values.length)] as T;
}

/** JSON that `JSON.stringify` cannot write: too deep, with repeated fields, with numbers beyond the range. */
class RawJson {
  constructor(readonly text: string) {}
}

const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u202Eright to left',
  'e\u0301\u0301\u0301\u0301',
  '𝕳𝖊𝖑𝖑𝖔 👩‍👩‍👧‍👦',
  'İıŞß',
  '\ud800',
  'a\udc00b',
  '\ufeff\u200b\u2028',
  'x'.repeat(200),
  'x'.repeat(16_384),
  '𝕏'.repeat(4000),
  "' OR 1=1 --",
  '"; DROP TABLE events; --',
  '%',
  '%00',
  '%zz',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '{{7*7}}<%= 7*7 %>',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'NaN',
  'Infinity',
  '-0',
  '1e400',
  '0x10',
  '9007199254740993',
  '9'.repeat(400),
  '1,2,3',
  'true',
  '[]',
  '{}',
  'year >= 1990',
  `${'('.repeat(500)}year > 1${')'.repeat(500)}`,
  `${'not '.repeat(200)}original`,
  Array.from({ length: 45 }, (_, term) => `title contains "q${term}"`).join(' or '),
  `genre in (${Array.from({ length: 90 }, () => '"Drama"').join()})`,
  'a b '.repeat(100),
  'zqx '.repeat(60),
  'https://images.example;script-src/x.png',
  'https://*/x.png',
  'http://[::1]:99999/',
  'data:text/html,hello',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
];

export function hostileText(random: Random): string {
  if (random.next() < 0.7) return pick(random, HOSTILE_TEXTS);
  const length = 1 + random.integer(60);
  return Array.from({ length }, () => String.fromCharCode(random.integer(random.next() < 0.5 ? 128 : 65_536))).join('');
}

export function hostileNumber(random: Random): number {
  return pick(random, [
    -1,
    -0,
    0.5,
    1e21,
    -1e308,
    5e-324,
    2 ** 31,
    2 ** 31 - 1,
    2 ** 32,
    2 ** 53,
    2 ** 53 - 1,
    2 ** 63,
    999_999_999,
    1_073_741_824,
  ]);
}

/** Any JSON value: of another type, deep, wide or with odd names. */
export function hostileValue(random: Random): unknown {
  const draw = random.integer(12);
  if (draw < 4) return hostileText(random);
  if (draw < 7) return hostileNumber(random);
  if (draw === 7) return pick(random, [null, true, false]);
  if (draw === 8) return Array.from({ length: random.integer(2000) }, () => hostileNumber(random));
  if (draw === 9) {
    return Object.fromEntries(Array.from({ length: random.integer(500) }, (_, at) => [`field${at}`, at]));
  }
  if (draw === 10) return { [hostileText(random)]: hostileText(random), length: 1e9, toJSON: 'x' };
  return new RawJson(deepJson(random));
}

/** One value of each kind that has been too much for some server; {@link hostileValue} draws from many more. */
export const WORST_VALUES: readonly unknown[] = [
  new RawJson(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  new RawJson('1e400'),
  Array.from({ length: 5000 }, () => 'xxxxx'),
  'x'.repeat(16_384),
  'a\0b',
  '\ud800',
  2 ** 53,
  -1,
  null,
];

function deepJson(random: Random): string {
  const depth = pick(random, [2, 31, 33, 500, 20_000]);
  const [open, close] = pick(random, [['[', ']'] as const, ['{"a":', '}'] as const]);
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

/** As `JSON.stringify`, with {@link RawJson} as it is. */
export function writeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join()}]`;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}:${writeJson(each)}`)
    .join()}}`;
}
