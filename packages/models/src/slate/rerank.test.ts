import { createRandom } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { genreShares, intraListDiversity, miscalibration } from '../evaluation/list-metrics.ts';
import type { ItemSpace } from './item-space.ts';
import { RERANK_REASONS, rerank } from './rerank.ts';

const GENRE_COUNT = 6;
const spaceOf = (genres: readonly (readonly number[])[]): ItemSpace => ({
  genres: genres.map((own) => Int32Array.from(own)),
  genreCount: GENRE_COUNT,
  width: 0,
  vectors: new Float32Array(0),
  hasVector: new Uint8Array(genres.length),
});
const listOf = ({ genres }: ItemSpace): Int32Array => Int32Array.from(genres.keys());

const anyGenres = fc.uniqueArray(fc.integer({ min: 0, max: GENRE_COUNT - 1 }), { maxLength: 3 });
const anySpace = fc.array(anyGenres, { maxLength: 80 }).map(spaceOf);
const anyTaste = fc.option(
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: GENRE_COUNT, maxLength: GENRE_COUNT }).map((weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return total === 0 ? undefined : Float64Array.from(weights, (weight) => weight / total);
  }),
  { nil: undefined },
);
const anyStrength = fc.double({ min: 0, max: 1, noNaN: true });

describe('rerank', () => {
  it('gives each title once, leaves the order behind the places it fills, and lifts none by 20 places', () => {
    fc.assert(
      fc.property(anySpace, anyTaste, anyStrength, fc.nat({ max: 90 }), (space, taste, strength, count) => {
        const items = listOf(space);
        const { order } = rerank(items, space, { strength, count, taste });
        expect([...order].sort((a, b) => a - b)).toEqual([...items]);
        const behind = [...order.subarray(count)];
        expect(behind).toEqual(behind.toSorted((a, b) => a - b));
        for (const [to, from] of order.entries()) expect(from - to).toBeLessThan(20);
      }),
    );
  });

  it('changes nothing with strength 0, nor where nothing is known of the titles', () => {
    fc.assert(
      fc.property(anySpace, anyTaste, (space, taste) => {
        const items = listOf(space);
        expect(rerank(items, space, { strength: 0, count: 80, taste }).order).toEqual(items);
        const unknown = spaceOf(space.genres.map(() => []));
        expect(rerank(items, unknown, { strength: 0.9, count: 80, taste }).order).toEqual(items);
      }),
    );
  });

  it('fills the first places alike, however many follow', () => {
    fc.assert(
      fc.property(anySpace, anyTaste, anyStrength, fc.nat({ max: 20 }), (space, taste, strength, count) => {
        const items = listOf(space);
        const short = rerank(items, space, { strength, count, taste });
        const long = rerank(items, space, { strength, count: 80, taste });
        expect(short.order.subarray(0, count)).toEqual(long.order.subarray(0, count));
      }),
    );
  });

  it('has a reason for every title that stands elsewhere, and calibration only where there is a taste', () => {
    fc.assert(
      fc.property(anySpace, anyTaste, anyStrength, (space, taste, strength) => {
        const { order, reasons } = rerank(listOf(space), space, { strength, count: 80, taste });
        for (const [to, from] of order.entries()) if (from !== to) expect(reasons[from]).toBeGreaterThan(0);
        if (taste === undefined) expect([...reasons]).not.toContain(1 + RERANK_REASONS.indexOf('calibration'));
      }),
    );
  });

  it('lifts what is unlike the first titles', () => {
    const space = spaceOf([[0], [0], [0], [1]]);
    const { order, reasons } = rerank(listOf(space), space, { strength: 0.5, count: 4 });
    expect([...order]).toEqual([0, 3, 1, 2]);
    expect(RERANK_REASONS[reasons[3] - 1]).toBe('diversity');
  });

  it('lifts the genre that the history has and the list lacks, though it is like the titles before it', () => {
    const space = spaceOf([[2], [2], [2], [2], [2], [0, 2]]);
    const taste = Float64Array.of(0.7, 0, 0.3, 0, 0, 0);
    const { order, reasons } = rerank(listOf(space), space, { strength: 0.5, count: 6, taste });
    expect(order.indexOf(5)).toBeLessThan(3);
    expect(RERANK_REASONS[reasons[5] - 1]).toBe('calibration');
  });

  it('tells titles of one genre apart by their vectors', () => {
    const vectors = Float32Array.of(1, 0, 1, 0, 1, 0, -1, 0);
    const hasVector = Uint8Array.of(1, 1, 1, 1);
    const space = { ...spaceOf([[0], [0], [0], [0]]), width: 2, vectors, hasVector };
    expect([...rerank(listOf(space), space, { strength: 0.5, count: 4 }).order]).toEqual([0, 3, 1, 2]);
  });

  it('varies lists the more, and keeps to the genres of the histories the better, the stronger it is', () => {
    const random = createRandom(3);
    const skewed = (): number => Math.floor(random.next() ** 2 * GENRE_COUNT);
    const draw = () => spaceOf(Array.from({ length: 60 }, () => [...new Set([skewed(), skewed()])].sort()));
    const strengths = [0, 0.1, 0.3, 0.6];
    const means = strengths.map(() => ({ diversity: 0, miscalibration: 0 }));
    for (let list = 0; list < 60; list++) {
      const [space, history] = [draw(), draw()];
      const sharesOf = (items: Int32Array, { genres }: ItemSpace): Float64Array =>
        genreShares({ itemIndices: items, weights: new Float32Array(items.length).fill(1) }, genres, GENRE_COUNT)!;
      const taste = sharesOf(
        Int32Array.from({ length: 1 + random.integer(20) }, (_, item) => item),
        history,
      );
      for (const [index, strength] of strengths.entries()) {
        const first = rerank(listOf(space), space, { strength, count: 60, taste }).order.subarray(0, 20);
        const genres = Array.from(first, (item) => space.genres[item]);
        means[index].diversity += intraListDiversity(genres, GENRE_COUNT, [20])[0];
        means[index].miscalibration += miscalibration(taste, sharesOf(first, space));
      }
    }
    for (const [index, { diversity, miscalibration: off }] of means.entries()) {
      if (index === 0) continue;
      expect(off).toBeLessThan(means[index - 1].miscalibration);
      if (index === 1) expect(diversity).toBeGreaterThan(means[0].diversity);
    }
  });
});
