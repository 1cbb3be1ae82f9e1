import { describe, expect, it } from 'vitest';
import { checkerboard } from '../testing/tiny-worlds.ts';
import { collectTokens, describeItem, MAX_TOKENS, numberTokens } from './content-features.ts';

describe('describeItem', () => {
  it('reads genres, release, title and tags', () => {
    expect(
      describeItem({
        title: 'Star Wars: Episode IV',
        year: 1977,
        genres: ['Sci-Fi'],
        attributes: { tags: 'Space Opera|classic', runtime: 121 },
      }),
    ).toEqual([
      'genre:Sci-Fi',
      'decade:197',
      'years:395',
      'tag:space opera',
      'tag:classic',
      'title:star',
      'title:wars',
      'title:episode',
      'title:iv',
    ]);
  });

  it('has nothing to say of an item without content', () => {
    expect(describeItem({})).toEqual([]);
    expect(describeItem({ title: '…', year: 0, genres: [] })).toEqual([]);
  });
});

describe('numberTokens', () => {
  it('weighs the known tokens of an item evenly and leaves unknown ones out', () => {
    const { tokens, weights } = numberTokens(
      [{ genres: ['War', 'Drama'] }, { genres: ['Noir'] }],
      ['genre:Drama', 'genre:War'],
    );
    expect([...tokens.subarray(0, 3)]).toEqual([1, 0, 0]);
    expect([...weights.subarray(0, 3)]).toEqual([0.5, 0.5, 0]);
    expect(weights.subarray(MAX_TOKENS).every((weight) => weight === 0)).toBe(true);
  });

  it('keeps the tokens that items share', () => {
    expect(collectTokens(checkerboard.items)).toEqual(['genre:Comedy', 'genre:Drama', 'title:item']);
  });
});
