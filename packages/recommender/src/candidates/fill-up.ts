import type { Engine } from '../engine/engine.ts';
import type { Query } from '../request/query.ts';
import type { Verdicts } from '../rules/verdicts.ts';
import type { Candidate } from './candidate.ts';

/** With fewer candidates, rows and lists are filled from the catalogue. */
const ENOUGH = 100;
/** Candidates that there are then, where the catalogue has as many. */
const FILLED_LENGTH = 600;
/** So that a candidate of the catalogue counts for a taste, after all that a source of the release found. */
const CONTRIBUTION = 1e-6;

/**
 * Appends items of the catalogue to candidates that are too few for a page, as when hardly anybody has done anything yet:
 * see `engine/catalogue-source.ts`. They stand below all others, in the order in which the catalogue's source has them.
 * What one of them adds to the score says only whether it matches the history.
 *
 * @returns The same candidates where there are enough.
 */
export async function fillUp(
  { catalogueSource }: Engine,
  query: Query,
  candidates: readonly Candidate[],
  { codes }: Verdicts,
): Promise<readonly Candidate[]> {
  if (candidates.length >= ENOUGH) return candidates;
  const known = codes.slice();
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { itemIndex, score } of candidates) {
    known[itemIndex] = 1;
    lowest = Math.min(lowest, score);
    highest = Math.max(highest, score);
  }
  const found = await catalogueSource.model.retrieve(query.retrieval, FILLED_LENGTH - candidates.length, known);
  const count = found.itemIndices.length;
  // Boosts go by the range of scores: those of the catalogue's items span as much as the others, or 1.
  const floor = candidates.length === 0 ? 1 : lowest;
  const step = (lowest < highest ? highest - lowest : 1) / count;
  const added = Array.from(found.itemIndices, (itemIndex, at): Candidate => {
    const match = found.scores[at]!;
    const contribution = match > 0 ? CONTRIBUTION * (1 - at / count) : 0;
    return {
      itemIndex,
      score: floor - step * (at + 1),
      blendScore: contribution,
      sources: [{ source: catalogueSource, rank: at + 1, score: match, contribution }],
    };
  });
  return [...candidates, ...added];
}
