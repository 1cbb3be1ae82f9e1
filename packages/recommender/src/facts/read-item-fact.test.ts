import { describe, expect, it } from 'vitest';
import { FACT_COLUMNS, readItemFact } from './read-item-fact.ts';

const columns = Object.fromEntries(FACT_COLUMNS.map((name) => [name, name]));
const read = (values: Record<string, unknown>) => readItemFact(values, columns);
const seconds = (iso: string): number => Date.parse(iso) / 1000;

describe('readItemFact', () => {
  it('reads what each column says', () => {
    expect(
      read({
        maturity: 'pg-13',
        distributor: ' Gaumont ',
        regions: 'de|FR, at',
        licenceStart: '2024-03-01',
        licenceEnd: '2024-12-31',
        original: 'TRUE',
        hidden: 'no',
      }),
    ).toEqual({
      maturity: { age: 13, source: 'listed' },
      distributor: 'Gaumont',
      regions: ['DE', 'FR', 'AT'],
      licenceStart: seconds('2024-03-01T00:00:00Z'),
      // With the whole of its last day.
      licenceEnd: seconds('2025-01-01T00:00:00Z'),
      isOriginal: true,
    });
    expect(read({ maturity: 12, regions: ['us'], original: true, hidden: 1 })).toEqual({
      maturity: { age: 12, source: 'listed' },
      regions: ['US'],
      isOriginal: true,
      isHidden: true,
    });
  });

  it('reads nothing out of empty cells and columns that are not named', () => {
    expect(read({ maturity: '', distributor: null, regions: ' ', licenceEnd: undefined })).toEqual({});
    expect(readItemFact({ maturity: 'R', hidden: 'maybe' }, {})).toEqual({});
  });

  it.each([
    ['2024-03-01T10:00:00+02:00', '2024-03-01T08:00:00Z'],
    ['2024-03-01T10:00:00+0200', '2024-03-01T08:00:00Z'],
    ['2024-03-01 10:00', '2024-03-01T10:00:00Z'],
    ['2024-03-01T10:00:00.5Z', '2024-03-01T10:00:00.5Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
  ])('reads %s as a moment', (text, iso) => {
    expect(read({ licenceStart: text })).toEqual({ licenceStart: seconds(iso) });
  });

  it.each([
    [{ maturity: 'x'.repeat(5000) }, /^maturity: cannot read "x{60}…" as/],
    [{ maturity: 'Not Rated' }, /^maturity: cannot read "Not Rated" as an age from 0 to 18 or one of G, PG, PG-13, /],
    [{ maturity: '21' }, /^maturity: cannot read "21"/],
    [{ regions: 'Germany' }, /^regions: cannot read "Germany" as two-letter codes/],
    [{ regions: '|' }, /^regions: cannot read/],
    [{ licenceStart: '01.03.2024' }, /^licenceStart: cannot read "01.03.2024" as a date or time in ISO 8601/],
    [{ licenceEnd: '2023-02-31' }, /^licenceEnd: cannot read "2023-02-31"/],
    [{ licenceEnd: '2024-03-01T25:00' }, /^licenceEnd: cannot read/],
    [{ licenceStart: '2024-03-02', licenceEnd: '2024-03-01' }, /^licenceEnd: lies before licenceStart/],
    [{ original: 'maybe' }, /^original: cannot read "maybe" as true or false/],
    [{ hidden: 'constructor' }, /^hidden: cannot read/],
  ])('says what is wrong with %j', (values, problem) => {
    expect(read(values)).toEqual({ problem: expect.stringMatching(problem) });
  });
});
