import { createVocabulary } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { attributeNamesOf, type ExpressionSubject } from '../../facts/attributes.ts';
import { createItemFacts } from '../../facts/item-facts.ts';
import { readRequestRules, tabulateFilter } from '../request-rules.ts';
import { compileCondition } from './compile.ts';
import { parseFilter } from './parse.ts';
import { MAX_EXPRESSION_LENGTH } from './tokens.ts';

const TITLES = ['Toy Story', 'The "Thing"', 'Heat', undefined];
const catalogue: ExpressionSubject['catalogue'] = {
  vocabulary: createVocabulary(['a', 'b', 'c', 'd']),
  titles: TITLES,
  years: Int32Array.of(1995, 1982, 1995, 0),
  genreNames: ['Children', 'Crime', 'Horror', 'Sci-Fi'],
  genres: [Int32Array.of(0), Int32Array.of(2, 3), Int32Array.of(1), Int32Array.of()],
  posterUrls: [undefined, undefined, undefined, undefined],
  attributes: [{ runtime: 81, studio: 'Pixar' }, { runtime: '109', tags: ['cold', 'dog'] }, { runtime: '' }, undefined],
};
const subject: ExpressionSubject = {
  catalogue,
  interactionCounts: Int32Array.of(50, 20, 30, 0),
  attributeNames: attributeNamesOf(catalogue),
  facts: createItemFacts(4, (item) =>
    item === 0
      ? { maturity: { age: 0, source: 'listed' }, distributor: 'Walt Disney', isOriginal: true }
      : item === 1
        ? { maturity: { age: 17, source: 'estimated' }, regions: ['US', 'DE'] }
        : {},
  ),
};

/** What the filter says of the four titles: 1, 0 or ? for what cannot be said. */
const sayings = (filter: string): string => {
  const test = compileCondition(subject, parseFilter(filter), '"filter"');
  return [0, 1, 2, 3].map((item) => '?01'[test(item) + 1]).join('');
};
const messageOf = (filter: string, kind: 'filter' | 'boost' = 'filter'): string => {
  try {
    readRequestRules(subject, { [kind]: filter });
  } catch (error) {
    expect(error).toMatchObject({ code: 'BAD_EXPRESSION' });
    return (error as MatineeError).message;
  }
  return 'no error';
};

describe('a filter', () => {
  it.each([
    ['year = 1995', '101?'],
    ['year != 1995', '010?'],
    ['year >= 1982 and year < 1995', '010?'],
    ['genre = "sci-fi"', '010?'],
    ['genre in ("Crime", "Children")', '101?'],
    ['title contains "STORY"', '100?'],
    ['title = "the \\"thing\\""', '010?'],
    ['maturity <= 13', '10??'],
    ['not maturity <= 13', '01??'],
    ['maturity is unknown', '0011'],
    ['maturity is not unknown', '1100'],
    ['year is known', '1110'],
    ['maturity_source = "estimated"', '0100'],
    ['distributor contains "disney"', '1???'],
    ['region = "de"', '?1??'],
    ['original', '1000'],
    ['not original', '0111'],
    ['interactions > 25', '1010'],
    ['item.runtime < 100', '10??'],
    ['item.runtime = 109', '01??'],
    ['item.studio = "pixar"', '1???'],
    ['item.tags contains "dog"', '?1??'],
    ['year = 1995 or genre = "Horror"', '111?'],
    ['year = 1995 or genre = "Horror" and original', '101?'],
    ['(year = 1995 or genre = "Horror") and original', '1000'],
    ['NOT (original OR year = 1982)', '001?'],
    ['(year = 1995 or genre = "Horror") and original = true', '1000'],
    ['NOT (original = TRUE OR year = 1982)', '001?'],
    ['not (original != false or year = 1982)', '001?'],
    ['maturity > 13 or original', '11??'],
    ['maturity > 13 and original', '0000'],
  ])('%s', (filter, expected) => {
    expect(sayings(filter)).toBe(expected);
  });

  it.each([
    ['', '"filter", character 1: expected an attribute, "not" or "("; got the end'],
    ['year >', '"filter", character 7: expected a number or a text in double quotes after ">"; got the end'],
    ['year > 1990 and', '"filter", character 16: expected an attribute, "not" or "("; got the end'],
    ['year 1990', '"filter", character 6: expected "and", "or" or the end; got "1990"'],
    ['(year = 1990', '"filter", character 13: expected ")"; got the end'],
    ['year = 1990)', '"filter", character 12: expected "and", "or" or the end; got ")"'],
    ["genre = 'Comedy'", '"filter", character 9: "\'" means nothing here'],
    ['genre = "Comedy', '"filter", character 9: this text has no closing quote'],
    ['genre in "Crime"', '"filter", character 10: expected "(" after "in"; got the text "Crime"'],
    ['genre in ("Crime" "Horror")', '"filter", character 19: expected "," or ")"; got the text "Horror"'],
    ['year is old', '"filter", character 9: expected "known" or "unknown"; got "old"'],
    ['title contains 5', '"filter", character 16: expected a text in double quotes; got "5"'],
    ['genre = "Comdy"', '"filter", character 9: no title can have "Comdy"; there are Children, Crime, Horror, Sci-Fi'],
    ['year = "1990"', '"filter", character 8: this attribute is a number, to be compared with one'],
    ['title = 5', '"filter", character 9: this attribute is a text, to be compared with one in double quotes'],
    ['title < 5', '"filter", character 9: this attribute is a text, to be compared with one in double quotes'],
    ['year < "a"', '"filter", character 8: "<" compares numbers; got a text'],
    ['original = 1', '"filter", character 12: this attribute is true or false, to be compared with one of them'],
    ['year = true', '"filter", character 8: this attribute is a number, to be compared with one'],
    ['title = false', '"filter", character 9: this attribute is a text, to be compared with one in double quotes'],
    ['year > true', '"filter", character 8: ">" compares numbers; got true'],
    ['year', '"filter", character 1: "year" needs a comparison, as in: year >= 10'],
    ['year contains "9"', '"filter", character 1: "year" holds no text to look into'],
    ['not', '"filter", character 4: expected an attribute, "not" or "("; got the end'],
    ['year = 1 && original', '"filter", character 10: "&" means nothing here'],
  ])('says where %s is wrong', (filter, message) => {
    expect(messageOf(filter)).toBe(message);
  });

  it('says that a catalogue without genres has none', () => {
    const bare = { ...catalogue, genreNames: [], genres: catalogue.genres.map(() => new Int32Array(0)) };
    expect(() => compileCondition({ ...subject, catalogue: bare }, parseFilter('genre = "Drama"'), '"filter"')).toThrow(
      '"filter", character 9: no title can have "Drama"; this catalogue has none',
    );
  });

  it('names the attributes there are, and those of the item table', () => {
    expect(messageOf('colour = 1')).toMatch(
      /^"filter", character 1: no attribute is called "colour"; there are title, year, .*, item\.runtime, item\.studio, item\.tags$/,
    );
    for (const name of ['constructor', '__proto__', 'item.constructor', 'item.__proto__', 'toString']) {
      expect(messageOf(`${name} = 1`)).toContain(`no attribute is called "${name}"`);
    }
  });

  it('is bounded in length, depth and terms', () => {
    expect(messageOf('a'.repeat(MAX_EXPRESSION_LENGTH + 1))).toContain('at most 1000 characters; this one has 1001');
    expect(messageOf(`${'('.repeat(40)}original${')'.repeat(40)}`)).toContain('go at most 32 deep');
    expect(messageOf(`${'not '.repeat(40)}original`)).toContain('go at most 32 deep');
    expect(messageOf(`year in (${Array.from({ length: 150 }, () => 1).join()})`)).toContain('at most 100 values');
    expect(sayings(`${'('.repeat(32)}original${')'.repeat(32)}`)).toBe('1000');
  });

  it('puts each title into lower case once, however many terms compare it', () => {
    const titles = [...TITLES];
    const many = Array.from({ length: 40 }, (_, term) => `title contains "q${term}"`).join(' or ');
    const counted = vi.spyOn(String.prototype, 'toLowerCase');
    const { filter } = readRequestRules({ ...subject, catalogue: { ...catalogue, titles } }, { filter: many });
    counted.mockClear();
    expect([0, 1, 2, 3].map((item) => filter?.(item))).toEqual([0, 0, 0, -1]);
    expect(counted).not.toHaveBeenCalled();
    counted.mockRestore();
  });

  it('compares with fewer values the more titles there are, and says how many', () => {
    const large = { ...subject, catalogue: { ...catalogue, titles: new Array<undefined>(1_000_000).fill(undefined) } };
    const ofYears = (count: number) => `year in (${Array.from({ length: count }, (_, at) => 1950 + at).join()})`;
    expect(() => readRequestRules(large, { filter: ofYears(5) })).not.toThrow();
    expect(() => readRequestRules(large, { filter: `${ofYears(5)} or not original` })).toThrow(
      '"filter", character 1: a filter of 1000000 titles compares with at most 5 values; this one has 6',
    );
    expect(() => readRequestRules(subject, { filter: ofYears(100) })).not.toThrow();
  });

  it('can be applied to all items in steps, with the same results', async () => {
    const { filter } = readRequestRules(subject, { filter: 'maturity <= 13' });
    let pauses = 0;
    const applied = await tabulateFilter(filter!, 1000, async () => void pauses++);
    expect([0, 1, 2, 3].map(applied)).toEqual([0, 1, 2, 3].map(filter!));
    expect(pauses).toBe(4);
  });

  it('is read or refused with a place, whatever it is', () => {
    const word = fc.constantFrom(
      ...['year', 'genre', 'original', 'item.tags', 'and', 'or', 'not', 'in', 'is', 'known', 'contains', 'if'],
      ...['=', '!=', '<', '>=', '(', ')', ',', ';', '"Crime"', '"', '\\', '1995', '-1', '2.5', '\u0000', '𝕏', ' '],
    );
    const anyText = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(word, { maxLength: 20 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(anyText, fc.constantFrom('filter', 'boost'), (text, kind) => {
        try {
          const rules = readRequestRules(subject, { [kind]: text });
          for (const item of [0, 1, 2, 3]) {
            if (kind === 'filter') expect([-1, 0, 1]).toContain(rules.filter?.(item));
            else expect(rules.factorOf?.(item)).toBeGreaterThan(0);
          }
        } catch (error) {
          if (!(error instanceof MatineeError)) throw error;
          expect(error.message).toMatch(new RegExp(`^"${kind}", character \\d+: `));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a boost', () => {
  const factors = (boost: string) => {
    const { factorOf } = readRequestRules(subject, { boost });
    return [0, 1, 2, 3].map((item) => factorOf?.(item));
  };

  it('multiplies the factors of all rules that are true of a title', () => {
    expect(factors('2 if year = 1995')).toEqual([2, 1, 2, 1]);
    expect(factors('2 if year = 1995; 0.5 if genre = "Crime"')).toEqual([2, 1, 1, 1]);
    expect(factors('3 if original; 2;')).toEqual([6, 2, 2, 2]);
    expect(factors('2 if maturity > 13')).toEqual([1, 2, 1, 1]);
  });

  it('says where it is wrong', () => {
    expect(messageOf('if original', 'boost')).toBe(
      '"boost", character 1: expected a factor, as in: 2 if genre = "Comedy"; got "if"',
    );
    expect(messageOf('20 if original', 'boost')).toBe('"boost", character 1: a factor lies between 0.1 and 10; got 20');
    expect(messageOf('-1 if original', 'boost')).toContain('between 0.1 and 10; got -1');
    expect(messageOf('2 if original 3 if original', 'boost')).toBe(
      '"boost", character 15: expected ";" or the end; got "3"',
    );
    expect(messageOf(Array.from({ length: 21 }, () => '2').join(';'), 'boost')).toContain('at most 20 rules');
  });
});
