import { describe, expect, it } from 'vitest';
import type { DatasetParts } from '../data/dataset.ts';
import { earlierContent, requireSameData } from './learned-from.ts';

const parts: DatasetParts = { events: '1', genres: '2', years: '3', titles: '4', tags: '5' };
const served = { name: 'shop', hash: 'b'.repeat(64), parts };
const v3 = { version: 'v', datasetHash: 'a'.repeat(64), learnedFrom: parts };
const v1 = { ...v3, learnedFrom: { events: '1', genres: '2' } };
const messageOf = (release: Parameters<typeof requireSameData>[0], changed: Partial<DatasetParts>): string => {
  try {
    requireSameData(release, { ...served, parts: { ...parts, ...changed } });
    return 'served';
  } catch (error) {
    expect(error).toMatchObject({ code: 'RELEASE_MISMATCH' });
    return (error as Error).message;
  }
};

describe('requireSameData', () => {
  it('lets titles, years and tags change, also those that a model learned from', () => {
    for (const release of [v1, v3]) {
      for (const content of ['titles', 'years', 'tags'])
        expect(messageOf(release, { [content]: 'new' })).toBe('served');
    }
  });

  it('refuses other genres where a model learned from genres, and names them', () => {
    const refusal = 'release v learned from the genres of titles, which have changed since; run: matinee train';
    expect(messageOf(v1, { genres: 'new' })).toBe(refusal);
    expect(messageOf(v3, { genres: 'new', titles: 'new' })).toBe(refusal);
    expect(messageOf({ ...v1, learnedFrom: { events: '1' } }, { genres: 'new' })).toBe('served');
  });

  it('refuses other events, users or titles: an index would mean another title', () => {
    const refusal =
      'release v was trained on data aaaaaaaaaaaa, but data set "shop" is bbbbbbbbbbbb; run: matinee train';
    expect(messageOf(v1, { events: 'new' })).toBe(refusal);
  });

  it('refuses any other data for a release from before it was recorded what it learned from', () => {
    const { learnedFrom: _, ...earlier } = v3;
    expect(messageOf(earlier, {})).toContain('was trained on data');
    expect(() => requireSameData(earlier, { ...served, hash: earlier.datasetHash })).not.toThrow();
  });
});

describe('earlierContent', () => {
  it('names what models learned and what reads otherwise now', () => {
    const changed = { ...served, parts: { ...parts, titles: 'new', tags: 'new' } };
    expect(earlierContent(v3, changed)).toEqual(['titles', 'tags']);
    expect(earlierContent(v1, changed)).toEqual([]);
    expect(earlierContent(v1, { ...served, parts: { ...parts, genres: 'new' } })).toEqual([]);
    expect(earlierContent(v3, served)).toEqual([]);
  });
});
