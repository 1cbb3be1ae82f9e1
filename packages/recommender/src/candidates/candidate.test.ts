import type { BlendedCandidates, NamedSource } from '@matinee/models/blend';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSmallWorld } from '../testing/small-world.ts';
import { listCandidates, withBoost } from './candidate.ts';

let sources: readonly NamedSource[];

beforeAll(async () => {
  const { release } = await createSmallWorld();
  const [{ model, weight }] = release.sources as [NamedSource];
  sources = ['b', 'a', 'c'].map((name) => ({ name, model, weight }));
});

/** Two titles; sources in another order than the release's. */
const BLENDED: BlendedCandidates = {
  sourceNames: ['a', 'b', 'c'],
  itemIndices: Int32Array.of(7, 4),
  scores: Float32Array.of(1.5, 0.5),
  ranks: Int32Array.of(2, 0, 1, 1, 3, 0),
  sourceScores: Float32Array.of(10, 11, 20, 21, 30, 31),
  contributions: Float32Array.of(0.5, 0, 0.75, 0.5, 0.25, 0),
};

const namesOf = ({ sources: found }: { readonly sources: readonly { readonly source: NamedSource }[] }) =>
  found.map(({ source }) => source.name);

describe('listCandidates', () => {
  it('gives each title what its sources made of it, the largest contribution first', () => {
    const [first, second] = listCandidates(BLENDED, sources);
    expect(first).toMatchObject({ itemIndex: 7, score: 1.5, blendScore: 1.5 });
    expect(namesOf(first!)).toEqual(['b', 'a', 'c']);
    expect(first!.sources[0]).toEqual({ source: sources[0], rank: 1, score: 20, contribution: 0.75 });
    expect(first!.sources[2]).toEqual({ source: sources[2], rank: 3, score: 30, contribution: 0.25 });
    expect(namesOf(second!)).toEqual(['b']);
    expect(second!.sources).toEqual([{ source: sources[0], rank: 1, score: 21, contribution: 0.5 }]);
  });

  it('takes the score from the ranker, and keeps the one of the blend', () => {
    const [first, second] = listCandidates(BLENDED, sources, Float32Array.of(-2, 3));
    expect([first!.score, first!.blendScore, second!.score, second!.blendScore]).toEqual([-2, 1.5, 3, 0.5]);
  });
});

describe('withBoost', () => {
  it('raises the score alone, and says by how much', () => {
    const [candidate] = listCandidates(BLENDED, sources, Float32Array.of(-2, 3));
    const boosted = withBoost(candidate!, 0.25);
    expect([boosted.itemIndex, boosted.score, boosted.blendScore, boosted.boost]).toEqual([7, -1.75, 1.5, 0.25]);
    expect(boosted.sources).toBe(candidate!.sources);
  });
});
