import type { RetrievalModel, RetrievalQuery, ScoredRetrieval } from '../retrieval/retrieval-model.ts';
import { selectTop, takeScores } from '../retrieval/select-top.ts';
import type { BlendedCandidates, NamedSource, SourceCandidates } from './blend.ts';
import { blendCandidates } from './blend-candidates.ts';

export interface CollectOptions {
  /** Candidates per source. */
  readonly candidatesPerSource: number;
  /** Longest pool. */
  readonly poolSize: number;
  /** By item index, non-zero = must not be a candidate. */
  readonly excluded: Uint8Array;
}

/** Retrieves from every source and merges the candidates, each with every source's score and rank. */
export async function collectCandidates(
  sources: readonly NamedSource[],
  query: RetrievalQuery,
  { candidatesPerSource, poolSize, excluded }: CollectOptions,
): Promise<BlendedCandidates> {
  const lists = await Promise.all(
    sources.map(
      async ({ name, weight, model }): Promise<SourceCandidates> => ({
        name,
        weight,
        ...(await retrieveWithScores(model, query, candidatesPerSource, excluded)),
      }),
    ),
  );
  return blendCandidates(lists, poolSize);
}

/**
 * A source's best items and a function that scores any other item, so that a ranker has every source's score of every
 * candidate.
 */
export async function retrieveWithScores(
  model: RetrievalModel,
  query: RetrievalQuery,
  n: number,
  excluded?: Uint8Array,
): Promise<ScoredRetrieval> {
  if (model.retrieveAndScore !== undefined) return model.retrieveAndScore(query, n, excluded);
  const allScores = new Float32Array(model.itemCount);
  await model.scoreAll(query, allScores);
  return {
    items: selectTop(allScores, n, excluded),
    writeScores: (itemIndices, scores) => takeScores(allScores, itemIndices, scores),
  };
}
