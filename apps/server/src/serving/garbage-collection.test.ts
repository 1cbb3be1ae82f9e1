import v8 from 'node:v8';
import { afterEach, expect, it, vi } from 'vitest';
import { collectAsAServer } from './garbage-collection.ts';

afterEach(() => void vi.restoreAllMocks());

function flagsSet(nodeOptions: readonly string[]): string[] {
  const setFlags = vi.spyOn(v8, 'setFlagsFromString').mockImplementation(() => undefined);
  setFlags.mockClear();
  collectAsAServer(nodeOptions);
  return setFlags.mock.calls.map(([flag]) => flag);
}

it('fits the collector to serving', () => {
  expect(flagsSet(['--enable-source-maps'])).toEqual([
    '--no-allocation-site-pretenuring',
    '--heap-growing-percent=100',
  ]);
});

it('leaves what an operator chose', () => {
  expect(flagsSet(['--heap-growing-percent=40'])).toEqual(['--no-allocation-site-pretenuring']);
  expect(flagsSet(['--allocation-site-pretenuring', '--heap-growing-percent=0'])).toEqual([]);
});
