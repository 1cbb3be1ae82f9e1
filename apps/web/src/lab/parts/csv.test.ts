import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';

describe('a table as CSV', () => {
  it('quotes what would end a cell, leaves numbers alone, and starts no formula', () => {
    expect(
      toCsv([
        ['title', 'score'],
        ['Crouching Tiger, "Hidden" Dragon', -1.5],
        ['=1+1', null],
      ]),
    ).toBe('title,score\r\n"Crouching Tiger, ""Hidden"" Dragon",-1.5\r\n\'=1+1,\r\n');
  });
});
