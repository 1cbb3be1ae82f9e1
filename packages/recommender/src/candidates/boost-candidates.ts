import type { ItemIndex } from '@matinee/models/data';
import type { ScoredItems } from '@matinee/models/retrieval';
import type { Engine } from '../engine/engine.ts';
import type { ItemFacts } from '../facts/item-facts.ts';
import type { Query } from '../request/query.ts';
import { type Candidate, withBoost } from './candidate.ts';
import type { Move } from './move.ts';

/**
 * What a boost may cost in relevance: by so much, as a share of the distance between the best and the worst score of the
 * list, it lifts (or a request's sinks) a title at most. So without a request's boost no title comes to stand before one
 * that is better by more than `original`. That is the operator's wish and may cost little; what a request asks for, it
 * wants.
 */
export const MAX_COST = { original: 0.05, request: 0.5 } as const;

/**
 * By which share of the range of scores each title rises or sinks: 0.05 for an original; for a request's factor f,
 * 0.5 · (f − 1) / (f + 1), which is 0 at 1, opposite for f and 1/f, and never more than the cap.
 */
function shareOf({ rules }: Query, { isOriginal }: ItemFacts, itemIndex: ItemIndex): number {
  const factor = rules.factorOf?.(itemIndex) ?? 1;
  return MAX_COST.original * isOriginal[itemIndex]! + (MAX_COST.request * (factor - 1)) / (factor + 1);
}

/**
 * Applies the boosts to candidates in their order: changes their scores, and puts them in the order of these. Equal
 * scores stay in the order they had.
 *
 * @returns The same titles, none dropped, and every one that stands elsewhere than before.
 */
export function boostCandidates(
  { facts }: Engine,
  query: Query,
  ranked: readonly Candidate[],
): { readonly ranked: readonly Candidate[]; readonly moves: readonly Move[] } {
  const added = boostsOf(facts, query, ranked);
  if (added === undefined) return { ranked, moves: [] };
  const boosted = ranked.map((candidate, from) => ({
    candidate: added[from] === 0 ? candidate : withBoost(candidate, added[from]!),
    from,
  }));
  boosted.sort((a, b) => b.candidate.score - a.candidate.score || a.from - b.from);
  return {
    ranked: boosted.map(({ candidate }) => candidate),
    moves: boosted.flatMap(({ candidate, from }, to) =>
      from === to ? [] : [{ itemIndex: candidate.itemIndex, from, to, reason: 'boost', added: added[from]! }],
    ),
  };
}

/** By place, what is added to the score; `undefined` where nothing is, as in most requests. */
function boostsOf(facts: ItemFacts, query: Query, ranked: readonly Candidate[]): Float64Array | undefined {
  const shares = new Float64Array(ranked.length);
  const scores = new Float64Array(ranked.length);
  let isAny = false;
  for (let place = 0; place < ranked.length; place++) {
    const { itemIndex, score } = ranked[place]!;
    shares[place] = shareOf(query, facts, itemIndex);
    scores[place] = score;
    isAny ||= shares[place] !== 0;
  }
  if (!isAny) return undefined;
  const range = rangeOf(scores);
  return shares.map((share) => share * range);
}

/** The same for what one source returned. A range of its own: its scores are on no other scale. */
export function boostScored({ facts }: Engine, query: Query, { itemIndices, scores }: ScoredItems): ScoredItems {
  const range = rangeOf(scores);
  const boosted = Float32Array.from(scores, (score, at) => score + shareOf(query, facts, itemIndices[at]!) * range);
  const order = Array.from(boosted.keys()).sort((a, b) => boosted[b]! - boosted[a]! || a - b);
  return {
    itemIndices: Int32Array.from(order, (at) => itemIndices[at]!),
    scores: Float32Array.from(order, (at) => boosted[at]!),
  };
}

function rangeOf(scores: Float32Array | Float64Array): number {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < scores.length; at++) {
    lowest = Math.min(lowest, scores[at]!);
    highest = Math.max(highest, scores[at]!);
  }
  return lowest < highest ? highest - lowest : 0;
}
