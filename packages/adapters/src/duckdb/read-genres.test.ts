import { describe, expect, it } from 'vitest';
import { readGenres } from './read-genres.ts';

describe('readGenres', () => {
  it.each([
    ['Drama|Comedy| Drama |', ['Drama', 'Comedy']],
    [`[{'id': 16, 'name': 'Animation'}, {'id': 35, 'name': 'Comedy'}]`, ['Animation', 'Comedy']],
    ['[{"id": 16, "name": "Animation"}, {"id": 35, "name": "Comedy"}]', ['Animation', 'Comedy']],
    ['["Drama","Comedy"]', ['Drama', 'Comedy']],
    [`['Drama', "Children's"]`, ['Drama', "Children's"]],
    [
      [
        ['Movies & TV', 'Movies'],
        ['Movies & TV', 'Comedy'],
      ],
      ['Movies & TV', 'Movies', 'Comedy'],
    ],
    [
      [{ name: 'Drama' }, { id: 2, name: 'War' }],
      ['Drama', 'War'],
    ],
    [{ 'history, biography': 1, fiction: 3, poetry: 0 }, ['history, biography', 'fiction']],
    ['[]', []],
    ['{}', []],
    ['\\N', []],
    ['None', []],
    ['nan', []],
    ['(no genres listed)', []],
    ['', []],
    [null, []],
    [undefined, []],
    [7, ['7']],
  ])('reads %j', (value, genres) => {
    expect(readGenres(value, '|')).toEqual({ genres });
  });

  it.each([
    ['[Drama|Comedy', [], '[Drama|Comedy'],
    ['Drama|[Comedy', ['Drama'], '[Comedy'],
    ['{"a": "b"', [], "{'a': 'b'"],
    [[{ id: 16 }, { label: 'x' }], ['id'], "{'label':'x'}"],
  ])('says that it cannot read %j', (value, genres, quoted) => {
    expect(readGenres(value, '|')).toEqual({ genres, problem: `genres: cannot read "${quoted}" as a list` });
  });
});
