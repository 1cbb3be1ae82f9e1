import { expect, it } from 'vitest';
import { asText, table } from './markdown.ts';

it('shows a name from the data as it is: no tag, no link, no second row', () => {
  const name = '<script>alert(1)</script> [x](javascript:y) `a` *b*\n| c |';
  expect(asText(name)).toBe('\\<script\\>alert(1)\\</script\\> \\[x\\](javascript:y) \\`a\\` \\*b\\* | c |');
  expect(table(['title'], [[asText(name)]]).split('\n')).toHaveLength(3);
  expect(table(['title'], [[asText('a | b')]])).toContain('| a \\| b |');
});
