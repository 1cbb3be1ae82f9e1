import { expect, it } from 'vitest';
import { alignColumns } from './align-columns.ts';

it('puts words to the left, numbers to the right, and nothing behind the last', () => {
  const rows = [
    ['name', 'n', 'note'],
    ['a', '100', ''],
    ['longer', '5', 'x'],
  ];
  expect(alignColumns(rows, ['name', 'note'])).toEqual(['name      n  note', 'a       100', 'longer    5  x']);
});
