import { retrieveWithScores } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';
import { orderScores, type RetrievalModel, retrieveInOrder } from '@matinee/models/retrieval';
import { YOUNG_EVENTS_OF_ITEM, YOUNG_SHARE } from '../log/established.ts';

/** A popularity model that later events are added to. */
export interface LivePopularity {
  readonly model: RetrievalModel;
  /** Counts an event at a moment, in seconds, or takes it back. O(1). */
  count(itemIndex: ItemIndex, event: PopularityEvent, sign: 1 | -1): void;
}

interface PopularityEvent {
  readonly weight: number;
  readonly moment: number;
  /** Whether its user counts in full; see `log/established.ts`. */
  readonly isTrusted: boolean;
}

/**
 * Whole steps in which weights are added up: sums of whole numbers are exact in any order, so that undoing an
 * event leaves no rest.
 */
const STEPS = 2 ** 20;
const DAY = 86_400;
/** The scores are in single precision, which ends at 2^127. */
const MAX_HALF_LIVES = 100;

/** Later events with one item. */
interface LaterSum {
  readonly steps: bigint;
  readonly count: number;
}

/**
 * The release's recent popularity with what happened since: the scores that fitting it anew would give, in the units of
 * the moment of training. All ages grow alike, so nothing already counted ever changes.
 *
 * All young visitors together add as much as {@link YOUNG_EVENTS_OF_ITEM} of their events, or {@link YOUNG_SHARE} of
 * the item's popularity. That depends on sums alone, so it is exact under undos, too.
 *
 * @param base Of a family whose `liveUpdates` are `fading-sums`.
 * @param trainedAsOf What ages are measured back from, seconds since 1970.
 */
export function createLivePopularity(base: RetrievalModel, trainedAsOf: number): LivePopularity {
  const { config, arrays } = base.save();
  const halfLife = Number(config['halfLifeDays']) * DAY;
  const trained = arrays['scores'] as Float32Array;
  const ordered = orderScores(trained.slice());
  const trusted = new Map<number, LaterSum>();
  const young = new Map<number, LaterSum>();
  const counts = new Int32Array(trained.length);
  let total = 0;
  const later: RetrievalModel = { ...base, ...retrieveInOrder(ordered) };
  // Until something happens, the release's own model answers.
  const present = (): RetrievalModel => (total === 0 ? base : later);
  const gainOf = ({ steps }: LaterSum): number => Number(steps) / STEPS;

  function scoreOf(itemIndex: ItemIndex): number {
    const before = trained[itemIndex]!;
    if (counts[itemIndex] === 0) return before;
    const sure = (Number.isNaN(before) ? 0 : before) + gainOf(trusted.get(itemIndex) ?? { steps: 0n, count: 0 });
    const rest = young.get(itemIndex);
    if (rest === undefined) return sure;
    const most = Math.max(YOUNG_EVENTS_OF_ITEM, YOUNG_SHARE * sure);
    return sure + gainOf(rest) * Math.min(1, most / rest.count);
  }

  return {
    count(itemIndex, { weight, moment, isTrusted }, sign) {
      const age = Math.min(MAX_HALF_LIVES, (moment - trainedAsOf) / halfLife);
      const steps = BigInt(Math.round(weight * 2 ** age * STEPS));
      const sums = isTrusted ? trusted : young;
      const before = sums.get(itemIndex) ?? { steps: 0n, count: 0 };
      const after = { steps: before.steps + (sign > 0 ? steps : -steps), count: before.count + sign };
      if (after.count === 0) sums.delete(itemIndex);
      else sums.set(itemIndex, after);
      counts[itemIndex]! += sign;
      total += sign;
      ordered.set(itemIndex, scoreOf(itemIndex));
    },
    model: {
      ...base,
      scoreAll: later.scoreAll,
      retrieve: (...query) => present().retrieve(...query),
      retrieveAndScore: (...query) => retrieveWithScores(present(), ...query),
      evidence(query, itemIndex) {
        const evidence = base.evidence?.(query, itemIndex) ?? {};
        return { ...evidence, interactionCount: (evidence.interactionCount ?? 0) + counts[itemIndex]! };
      },
    },
  };
}
