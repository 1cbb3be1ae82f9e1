import { describe, expect, it } from 'vitest';
import { createVocabulary, type Dataset } from '../data/index.ts';
import { growRelease } from './grow-release.ts';
import type { Release } from './release.ts';

const release = {
  ...{ version: 'v', generation: 'v1', datasetHash: 'a'.repeat(64), trainedAsOf: 0 },
  sources: [{ name: 'popularity', weight: 1, model: { itemCount: 3 } }],
} as unknown as Release;

function datasetOf(hash: string, itemCount: number): Dataset {
  const ids = Array.from({ length: itemCount }, (_, item) => `i${item}`);
  return { name: 'shop', hash, items: { vocabulary: createVocabulary(ids) } } as unknown as Dataset;
}

describe('growRelease', () => {
  it('names other data before it says anything of the number of titles', async () => {
    for (const itemCount of [2, 3, 4]) {
      await expect(growRelease(release, datasetOf('b'.repeat(64), itemCount))).rejects.toMatchObject({
        code: 'RELEASE_MISMATCH',
        message: expect.stringContaining('data set "shop" is bbbbbbbbbbbb'),
      });
    }
  });

  it('says that titles are gone where the data is the same', async () => {
    await expect(growRelease(release, datasetOf('a'.repeat(64), 2))).rejects.toMatchObject({ code: 'BAD_RELEASE' });
    expect(await growRelease(release, datasetOf('a'.repeat(64), 3))).toBe(release);
  });
});
