import { describe, expect, it } from 'vitest';
import { inspectValue, parseInspect, withoutInspect } from './inspect.ts';

describe('the inspected title', () => {
  it('is a request and a title of it', () => {
    expect(parseInspect(inspectValue('0f-12', 7))).toEqual({ requestId: '0f-12', itemIdx: 7 });
    expect(parseInspect(inspectValue(undefined, 7))).toEqual({ requestId: 'new', itemIdx: 7 });
    for (const text of [null, '', '7', 'a.b', 'a b.7', '.7', `${'x'.repeat(65)}.7`])
      expect(parseInspect(text)).toBeUndefined();
  });

  it('is no part of the page below it', () => {
    expect(withoutInspect('user=3&inspect=a.1&against=b')).toBe('user=3');
    expect(withoutInspect('inspect=a.1')).toBe('');
  });
});
