import { describe, expect, it } from 'vitest';
import { blendCandidates } from '../blend/blend-candidates.ts';
import type { BlendWeights, UnweightedSource } from '../blend/fit-blend-weights.ts';
import { findSourceFamily } from '../families/find-source-family.ts';
import { applyPlan, planBestSource, planBlend, planCounted } from './plan-sources.ts';

/** A source of that family, as far as a plan looks at it. */
function sourceOf(name: string): UnweightedSource {
  return { name, model: { traits: findSourceFamily(name).traits } as UnweightedSource['model'] };
}

const NIL = 0.006 / 4;
const sources = ['popularity', 'item-knn', 'sasrec', 'two-tower'].map(sourceOf);

function weightingOf(weights: readonly number[], ndcgAlone: readonly number[]): BlendWeights {
  return { weights, ndcgAlone, ndcg: 0.5, queryCount: 100 };
}

describe('planBlend', () => {
  it('leaves out a network without weight that alone finds no more than popularity', () => {
    const { weights, leftOut } = planBlend(sources, weightingOf([NIL, 1 - 3 * NIL, NIL, NIL], [0.1, 0.3, 0.02, 0.01]));
    expect([...weights.keys()]).toEqual(['popularity', 'item-knn', 'two-tower']);
    expect([...weights.values()].reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(leftOut).toEqual([
      {
        part: 'sasrec',
        cause: 'validation',
        reason:
          'the blend gives it no weight, and alone it finds no more than popularity (NDCG@100 0.0200, popularity 0.1000)',
      },
    ]);
  });

  it('keeps what a ranker may still learn from: better than popularity, or with a weight', () => {
    for (const weighting of [
      weightingOf([NIL, 1 - 3 * NIL, NIL, NIL], [0.1, 0.3, 0.2, 0.01]),
      weightingOf([NIL, 0.9, 0.1 - 2 * NIL, NIL], [0.1, 0.3, 0.02, 0.01]),
    ]) {
      expect(planBlend(sources, weighting).leftOut).toEqual([]);
    }
  });
});

describe('planCounted', () => {
  it('leaves out networks that only add to the list, and keeps the one that finds new items', () => {
    const { weights, leftOut } = planCounted(
      sources,
      weightingOf([0.2, 0.8 - 2 * NIL, NIL, NIL], [0.1, 0.3, 0.2, 0.2]),
    );
    expect([...weights.keys()]).toEqual(['popularity', 'item-knn', 'two-tower']);
    expect(leftOut.map(({ part }) => part)).toEqual(['sasrec']);
  });
});

describe('planBestSource', () => {
  const weighting = weightingOf([0.25, 0.25, 0.25, 0.25], [0.1, 0.3, 0.02, 0.01]);

  it('leaves out what only adds to the list, and keeps what rows, visitors and new items need', () => {
    const { weights, leftOut } = planBestSource(sources, weighting);
    expect([...weights.keys()]).toEqual(['popularity', 'item-knn', 'two-tower']);
    expect(leftOut.map(({ part }) => part)).toEqual(['sasrec']);
  });

  it('keeps the order of the best source to its last item, and fills up behind it', () => {
    const named = applyPlan(sources, planBestSource(sources, weighting));
    const best = Int32Array.from({ length: 300 }, (_, item) => item);
    const reversed = Int32Array.from({ length: 300 }, (_, place) => 310 - place);
    const lists = named.map(({ name, weight }) => {
      const itemIndices = name === 'item-knn' ? best : reversed;
      return {
        name,
        weight,
        items: { itemIndices, scores: Float32Array.from(itemIndices, (_, place) => 300 - place) },
      };
    });
    const { itemIndices } = blendCandidates(lists, 1000);
    expect([...itemIndices.subarray(0, 300)]).toEqual([...best]);
    expect(itemIndices.length).toBe(311);
  });
});
