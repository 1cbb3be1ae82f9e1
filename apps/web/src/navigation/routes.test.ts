import { describe, expect, it } from 'vitest';
import { parseIndex, searchPath } from './routes.ts';

describe('parseIndex', () => {
  it('takes what the API takes and nothing else', () => {
    expect(parseIndex('0')).toBe(0);
    expect(parseIndex('2147483647')).toBe(2147483647);
    for (const text of ['', '-1', '1.5', '2147483648', '1e3', 'NaN', '<script>', null, undefined])
      expect(parseIndex(text)).toBeUndefined();
  });
});

describe('searchPath', () => {
  it('escapes what the viewer typed', () => {
    expect(searchPath('a&b=c #?')).toBe('/search?q=a%26b%3Dc%20%23%3F');
  });
});
