import type { ItemIndex } from '@matinee/models/data';
import type { ScoredItems } from '@matinee/models/retrieval';
import type { Engine } from '../engine/engine.ts';
import type { ItemFacts } from '../facts/item-facts.ts';
import type { Query } from '../request/query.ts';
import { type Candidate, withBoost } from './candidate.ts';
import type { Move } from './move.ts';

/**
 * The largest change of a score by a boost, as a share of the list's range of scores. `original`: the operator's boost,
 * which never puts an item before one that is better by more than this. `request`: a boost of the request, up or down;
 * it may cost more relevance because the viewer wants it.
 */
export const MAX_COST = { original: 0.05, request: 0.5 } as const;

/**
 * The change of an item's score as a share of the range of scores: 0.05 for an original; for a request's factor f,
 * 0.5 · (f − 1) / (f + 1), which is 0 at 1, opposite for f and 1/f, and never more than the cap.
 */
function shareOf({ rules }: Query, { isOriginal }: ItemFacts, itemIndex: ItemIndex): number {
  const factor = rules.factorOf?.(itemIndex) ?? 1;
  return MAX_COST.original * isOriginal[itemIndex]! + (MAX_COST.request * (factor - 1)) / (factor + 1);
}

/**
 * Adds boosts to the scores of ranked candidates and sorts them again; ties keep their order.
 *
 * @returns The same items, none dropped, and a move for each item whose place changed.
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

/** The boost of each place; `undefined` if all are 0, as in most requests. */
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

/** Adds boosts to one source's items and sorts them again, relative to the range of that source's scores. */
export function boostScored({ facts }: Engine, query: Query, found: ScoredItems): ScoredItems {
  const { itemIndices, scores } = found;
  if (query.rules.factorOf === undefined && !itemIndices.some((item) => facts.isOriginal[item] !== 0)) return found;
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
