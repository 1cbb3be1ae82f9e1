import { Explanation, RowKind } from '@matinee/contract';
import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { formatDate } from './format.ts';

const codes = Explanation.properties.code.anyOf.map((schema) => schema.const);
const kinds = RowKind.anyOf.map((schema) => schema.const);

describe('en', () => {
  it('has words for every reason of the contract, with and without what fills them', () => {
    const params = {
      itemIdx: 1,
      title: 'Matrix, The',
      genres: ['Action', 'Sci-Fi'],
      userCount: 1234,
      interactionCount: 1,
      year: 1999,
    };
    expect(codes.map((code) => en.why({ code, params }, false))).toEqual([
      'Because you watched The Matrix',
      'Similar to your taste · Action and Sci-Fi',
      'Popular among similar users · 1,234 people',
      'Trending now · 1 person lately',
      'First part of a series, before The Matrix',
      'From the catalogue: Action, Sci-Fi, 1999',
    ]);
    for (const code of codes) expect(en.why({ code, params: {} }, false)).not.toMatch(/undefined|null|NaN|Untitled/);
  });

  it('says "liked" where the title was liked', () => {
    const why = { code: 'because_you_watched' as const, params: { itemIdx: 1, title: 'Heat' } };
    expect(en.why(why, true)).toBe('Because you liked Heat');
    expect(en.row.heading('because_you_watched', { title: 'Heat' }, true)).toBe('Because you liked Heat');
  });

  it('has a heading for every row of the contract', () => {
    const headings = kinds.map((kind) => en.row.heading(kind, { title: 'Heat' }, false));
    expect(new Set(headings).size).toBe(kinds.length);
    expect(headings).toContain('Because you watched Heat');
    expect(en.row.heading('popular_right_now', { genre: 'Comedy' }, false)).toBe('Popular in Comedy');
    expect(en.row.heading('from_the_catalogue', { genre: 'Comedy' }, false)).toBe('Comedy in the catalogue');
  });
});

describe('the footer', () => {
  const dataset = { name: 'shop', userCount: 1, itemCount: 40, eventCount: 1200, isMovieLens: false };

  it('names the data set, and MovieLens only where it is one', () => {
    expect(en.footer.dataset(dataset)).toBe('shop: 1,200 events on 40 titles by 1 person');
    expect(en.footer.dataset({ ...dataset, userCount: 0, eventCount: 0 })).toBe('shop: 40 titles');
    expect(en.footer.terms(true)).toContain('MovieLens data © GroupLens');
    const texts = JSON.stringify([
      en,
      en.footer.terms(false),
      en.footer.dataset(dataset),
      en.profiles.tourist('Ann', 'shop'),
    ]);
    expect(texts).not.toMatch(/MovieLens|film/i);
  });
});

describe('formatDate', () => {
  it('is relative within a week and a date beyond it', () => {
    const now = Date.parse('2026-05-20T12:00:00Z');
    expect(formatDate('2026-05-20T11:59:40Z', now)).toBe('this minute');
    expect(formatDate('2026-05-20T09:00:00Z', now)).toBe('3 hours ago');
    expect(formatDate('2026-05-18T12:00:00Z', now)).toBe('2 days ago');
    expect(formatDate('2026-01-02T12:00:00Z', now)).toContain('2026');
    expect(formatDate('nonsense', now)).toBe('');
  });
});
