import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecords } from './csv-records.ts';
import type { Quotes } from './data-source.ts';

const read = (text: string, quotes: Quotes = 'strict') => [...csvRecords(text, { delimiter: ',', quotes })];

describe('csvRecords', () => {
  it('reads quotes, doubled quotes and line breaks inside fields, with the line on which each record begins', () => {
    expect(read('id,title\r\n7,"A ""b"", the\r\nsecond"\r\n\r\n8,plain "quote"\n')).toEqual([
      { line: 1, fields: ['id', 'title'], text: 'id,title' },
      { line: 2, fields: ['7', 'A "b", the\r\nsecond'], text: '7,"A ""b"", the\r\nsecond"' },
      { line: 5, fields: ['8', 'plain "quote"'], text: '8,plain "quote"' },
    ]);
  });

  it('loses only the line of an unclosed quote', () => {
    expect(read('1,a\n2,"open\n3,c')).toEqual([
      { line: 1, fields: ['1', 'a'], text: '1,a' },
      { line: 2, problem: 'a quote is not closed', text: '2,"open' },
      { line: 3, fields: ['3', 'c'], text: '3,c' },
    ]);
    expect(read('1,"a" b\n2,c')).toMatchObject([{ problem: 'text after a closing quote' }, { line: 2 }]);
  });

  it('treats quotes as ordinary characters if the format has none', () => {
    expect(read('1,"a\n2,b"', 'none')).toMatchObject([{ fields: ['1', '"a'] }, { fields: ['2', 'b"'] }]);
  });

  it('reads a line whose quotes do not match without quotes if they are loose', () => {
    expect(read('1,"a, b"\n2,"Deep" Trio\n3,"open\n4,d', 'loose')).toMatchObject([
      { line: 1, fields: ['1', 'a, b'] },
      { line: 2, fields: ['2', '"Deep" Trio'] },
      { line: 3, fields: ['3', '"open'] },
      { line: 4, fields: ['4', 'd'] },
    ]);
  });

  it('gives the rest of a line to the last column', () => {
    const rules = { delimiter: ',', quotes: 'none', columnCount: 2 } as const;
    expect([...csvRecords('1,a, b, c\n2', rules)]).toMatchObject([{ fields: ['1', 'a, b, c'] }, { fields: ['2'] }]);
  });

  it('reads back any written fields', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é'), maxLength: 8 });
    const records = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(records, fc.constantFrom('\n', '\r\n'), (rows, lineBreak) => {
        const text = rows.map((row) => row.map(quote).join(',') + lineBreak).join('');
        expect(read(text).map((record) => 'fields' in record && record.fields)).toEqual(rows);
      }),
    );
  });

  it('accounts for every line of any text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\r\n', '""'), maxLength: 60 });
    fc.assert(
      fc.property(text, (any) => {
        const lines = any.split(/\r?\n/);
        for (const record of read(any)) {
          const first = lines[record.line - 1] ?? '';
          expect(first).not.toBe('');
          expect(record.text.startsWith(first)).toBe(true);
          for (let line = 0; line < record.text.split('\n').length; line++) lines[record.line - 1 + line] = '';
        }
        expect(lines.filter((line) => line !== '')).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
