import { expect, it } from 'vitest';
import { estimateCell, factsTable, table } from './html-parts.ts';

const NAME = '<small></small><script>alert(1)</script>';

it('writes names as text in every place of a table, whatever tags they hold', () => {
  const html = table([NAME], [[NAME, NAME, { value: NAME, interval: NAME }]]) + factsTable(NAME, [[NAME, NAME]]);
  expect(html).not.toContain('<script');
  expect(html.match(/&lt;script&gt;/g)).toHaveLength(8);
});

it('writes the interval of an estimate smaller', () => {
  expect(table(['a', 'b'], [['x', estimateCell({ value: 0.5, low: 0.25, high: 0.75 })]])).toContain(
    '<td>.5000 <small>.2500 … .7500</small></td>',
  );
});
