import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePythonLiteral } from './python-literal.ts';

describe('parsePythonLiteral', () => {
  it.each([
    [
      `[{'id': 16, 'name': 'Animation'}, {'id': 35, 'name': "It's"}]`,
      [
        { id: 16, name: 'Animation' },
        { id: 35, name: "It's" },
      ],
    ],
    [`{u'a': (1, -2.5, 1e3,), 'b': [None, True, False], 3: ''}`, { a: [1, -2.5, 1000], b: [null, true, false], 3: '' }],
    [`'a\\'b\\n\\x41\\u00e9\\\\'`, "a'b\nAé\\"],
    ['[9007199254740993]', ['9007199254740993']],
    ['[]', []],
  ])('reads %s', (text, value) => {
    expect(parsePythonLiteral(text)).toEqual(value);
  });

  it.each(['', '[', "['a", "{'a' 1}", '[1 2]', 'nothing', '[1] 2', "'\\", '[a]', '{1:}', "'\\Uffffffff'"])(
    'returns undefined for %j',
    (text) => {
      expect(parsePythonLiteral(text)).toBeUndefined();
    },
  );

  it('reads JSON without its names, and never throws', () => {
    const json = fc.json().filter((text) => !/true|false|null|\\[^"\\nrtbfu]|\d{16}|e[+-]|__proto__/.test(text));
    fc.assert(
      fc.property(json, (text) => {
        expect(parsePythonLiteral(text)).toEqual(JSON.parse(text));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`[]{}()'",:\\u01aN `) }), (text) => {
        parsePythonLiteral(text);
      }),
    );
  });
});
