import type { ItemIndex } from '@matinee/models/data';
import type { RetrievalModel } from '@matinee/models/retrieval';
import { topK } from '@matinee/numerics';

/** A popularity model that later events are added to. */
export interface LivePopularity {
  readonly model: RetrievalModel;
  /** Counts an event of that weight at that moment, in seconds, or takes it back. O(1). */
  count(itemIndex: ItemIndex, weight: number, moment: number, sign: 1 | -1): void;
}

/**
 * Whole steps in which weights are added up: sums of whole numbers are exact in any order, so that undoing an
 * event leaves no rest.
 */
const STEPS = 2 ** 20;
const DAY = 86_400;

/**
 * The release's recent popularity with what happened since: the scores that fitting it anew would give, in the units of
 * the moment of training. All ages grow alike, so nothing already counted ever changes.
 *
 * @param base Of a family whose `liveUpdates` are `fading-sums`.
 * @param trainedAsOf What ages are measured back from, seconds since 1970.
 */
export function createLivePopularity(base: RetrievalModel, trainedAsOf: number): LivePopularity {
  const { config, arrays } = base.save();
  const halfLife = Number(config['halfLifeDays']) * DAY;
  const trained = arrays['scores'] as Float32Array;
  const scores = trained.slice();
  const steps = new Float64Array(scores.length);
  const counts = new Int32Array(scores.length);
  let total = 0;
  return {
    count(itemIndex, weight, moment, sign) {
      steps[itemIndex]! += sign * Math.round(weight * 2 ** ((moment - trainedAsOf) / halfLife) * STEPS);
      counts[itemIndex]! += sign;
      total += sign;
      const before = trained[itemIndex]!;
      const isCounted = counts[itemIndex]! > 0;
      scores[itemIndex] = isCounted ? (Number.isNaN(before) ? 0 : before) + steps[itemIndex]! / STEPS : before;
    },
    model: {
      ...base,
      scoreAll: async (_query, into) => into.set(scores),
      async retrieve(query, n, excluded) {
        if (total === 0) return base.retrieve(query, n, excluded);
        const itemIndices = topK(excluded === undefined ? scores : without(scores, excluded), n);
        return { itemIndices, scores: Float32Array.from(itemIndices, (item) => scores[item]!) };
      },
      evidence(query, itemIndex) {
        const evidence = base.evidence?.(query, itemIndex) ?? {};
        return { ...evidence, interactionCount: (evidence.interactionCount ?? 0) + counts[itemIndex]! };
      },
    },
  };
}

function without(scores: Float32Array, excluded: Uint8Array): Float32Array {
  const open = scores.slice();
  for (let item = 0; item < open.length; item++) if (excluded[item] !== 0) open[item] = Number.NaN;
  return open;
}
