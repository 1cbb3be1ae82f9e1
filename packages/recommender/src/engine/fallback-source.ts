import type { NamedSource } from '@matinee/models/blend';
import { popularityFamily } from '@matinee/models/retrieval';
import { MatineeError, topK } from '@matinee/numerics';

/**
 * Returns the source used when no source of the release can answer: the number of people who engaged with each item,
 * counted from the data set when the engine was made. It cannot fail.
 */
export function createFallbackSource(peopleCounts: Int32Array): NamedSource {
  const itemCount = peopleCounts.length;
  const counts = Float32Array.from(peopleCounts, (count) => (count > 0 ? count : Number.NaN));
  return {
    name: 'fallback',
    weight: 1,
    model: {
      kind: 'popularity',
      traits: popularityFamily.traits,
      itemCount,
      scoreAll: async (_, scores) => scores.set(counts),
      async retrieve(_, n, excluded) {
        const scores = counts.map((count, item) => (excluded?.[item] ? Number.NaN : count));
        const itemIndices = topK(scores, n);
        return { itemIndices, scores: Float32Array.from(itemIndices, (item) => counts[item]!) };
      },
      contributors: async () => [],
      save() {
        throw new MatineeError('BAD_RELEASE', 'the fallback is made anew for every engine and is not saved');
      },
    },
  };
}
