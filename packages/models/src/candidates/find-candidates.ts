import type { NamedSource } from '../blend/blend.ts';
import { collectCandidates } from '../blend/collect-candidates.ts';
import type { ItemIndex } from '../data/indices.ts';
import { markTrainingUsers } from '../evaluation/rank-fold.ts';
import type { Contributor } from '../retrieval/retrieval-model.ts';
import type { Fold } from '../splits/split.ts';

/** One item that one source found for one query: a row of the candidate table, by indices. */
export interface CandidateRow {
  /** Position in `fold.queries`. */
  readonly query: number;
  readonly itemIndex: ItemIndex;
  /** Position among the sources. */
  readonly source: number;
  /** The source's score; comparable within one query and source. */
  readonly score: number;
  /** In the source's list, from 1. */
  readonly rank: number;
  /** The source's contributors, strongest first; `undefined` = not requested. */
  readonly contributors: readonly Contributor[] | undefined;
  /** Score of the blend; equal in all rows of the same query and item. */
  readonly blendScore: number;
  /** Rank in the blend of all candidates of the query, from 1. */
  readonly blendRank: number;
  readonly isTarget: boolean;
}

export interface FindCandidatesOptions {
  /** Candidates per source. */
  readonly candidatesPerSource: number;
  /** Maximum contributors per candidate; 0 = none. */
  readonly contributorCount: number;
  /**
   * Contributors are computed down to this rank, because for a network those of one candidate cost as much as a list.
   */
  readonly contributorDepth: number;
}

/**
 * Returns a function that finds the candidates of one query of the fold, under the evaluator's rules: only items that
 * exist at the request time and that the user has not met; users outside training are visitors.
 *
 * @param fold The fold that the sources were fitted on: see `fitCandidateSources`.
 * @returns Maps a position in `fold.queries` to rows ordered by source and rank. Not reentrant: calls share a buffer.
 */
export function createCandidateFinder(
  sources: readonly NamedSource[],
  fold: Fold,
  { candidatesPerSource, contributorCount, contributorDepth }: FindCandidatesOptions,
): (query: number) => Promise<CandidateRow[]> {
  const { availableFrom, queries } = fold;
  const inTraining = markTrainingUsers(fold);
  const excluded = new Uint8Array(availableFrom.length);
  return async (query) => {
    const { history, asOf, userIndex, targets } = queries[query];
    for (let item = 0; item < excluded.length; item++) excluded[item] = availableFrom[item] < asOf ? 0 : 1;
    for (const item of history.itemIndices) excluded[item] = 1;
    const evaluated = { history, asOf, userIndex: inTraining[userIndex] === 1 ? userIndex : -1 };
    const pool = await collectCandidates(sources, evaluated, {
      candidatesPerSource,
      poolSize: excluded.length,
      excluded,
    });
    const count = pool.itemIndices.length;
    const rows: CandidateRow[] = [];
    for (const [source, { model }] of sources.entries()) {
      const ranks = pool.ranks.subarray(source * count, (source + 1) * count);
      const found = Int32Array.from(ranks.keys())
        .filter((position) => ranks[position] > 0)
        .sort((a, b) => ranks[a] - ranks[b]);
      for (const position of found) {
        const itemIndex = pool.itemIndices[position];
        const rank = ranks[position];
        rows.push({
          query,
          itemIndex,
          source,
          score: pool.sourceScores[source * count + position],
          rank,
          contributors:
            contributorCount > 0 && rank <= contributorDepth
              ? await model.contributors(evaluated, itemIndex, contributorCount)
              : undefined,
          blendScore: pool.scores[position],
          blendRank: position + 1,
          isTarget: targets.includes(itemIndex),
        });
      }
    }
    return rows;
  };
}
