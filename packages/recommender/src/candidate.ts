import type { BlendedCandidates, NamedSource } from '@matinee/models';

/** One source's part in a candidate. */
export interface CandidateSource {
  readonly source: NamedSource;
  /** From 1. */
  readonly rank: number;
  /** The source's own score. */
  readonly score: number;
  /** Its part of the candidate's score. */
  readonly contribution: number;
}

/** A title that at least one source found, with where it came from. */
export interface Candidate {
  readonly itemIndex: number;
  /** What it is ordered by: the ranker's score, or the blend's where nothing ranks, and what a boost added to it. */
  readonly score: number;
  /** Of the blend: what the sources' contributions sum to. */
  readonly blendScore: number;
  /** What boosts added to the score, where they did. */
  readonly boost?: number;
  /** Largest contribution first; ties in the order of the release. */
  readonly sources: readonly CandidateSource[];
}

/**
 * Rows of the blended table as objects, best first.
 *
 * @param sources The release's sources, among them every one that `blended` names.
 * @param rankerScores By position; absent: the blend's scores hold.
 */
export function listCandidates(
  blended: BlendedCandidates,
  sources: readonly NamedSource[],
  rankerScores: Float32Array = blended.scores,
): Candidate[] {
  const { sourceNames, itemIndices, scores, ranks, sourceScores, contributions } = blended;
  const named = sourceNames.map((name) => sources.find((source) => source.name === name)!);
  const count = itemIndices.length;
  const sourcesOf = (position: number): readonly CandidateSource[] => {
    const found: CandidateSource[] = [];
    for (const [row, source] of named.entries()) {
      const at = row * count + position;
      if (ranks[at] === 0) continue;
      found.push({ source, rank: ranks[at]!, score: sourceScores[at]!, contribution: contributions[at]! });
    }
    return found.sort((a, b) => b.contribution - a.contribution);
  };
  return Array.from(itemIndices, (itemIndex, position) =>
    createCandidate({ itemIndex, score: rankerScores[position]!, blendScore: scores[position]! }, () =>
      sourcesOf(position),
    ),
  );
}

/** A candidate that finds its sources when it is asked for them: of a thousand candidates a list looks into twenty. */
export function createCandidate(
  parts: Omit<Candidate, 'sources'>,
  sourcesOf: () => readonly CandidateSource[],
): Candidate {
  return new LazyCandidate(parts, sourcesOf);
}

/**
 * A class, since objects with a getter of their own each get a shape of their own in V8, which only full collections free: 110 KB a
 * request.
 */
class LazyCandidate implements Candidate {
  readonly itemIndex: number;
  readonly score: number;
  readonly blendScore: number;
  readonly boost?: number;
  readonly #find: () => readonly CandidateSource[];
  #found: readonly CandidateSource[] | undefined;

  constructor(
    { itemIndex, score, blendScore, boost }: Omit<Candidate, 'sources'>,
    find: () => readonly CandidateSource[],
  ) {
    this.itemIndex = itemIndex;
    this.score = score;
    this.blendScore = blendScore;
    if (boost !== undefined) this.boost = boost;
    this.#find = find;
  }

  get sources(): readonly CandidateSource[] {
    this.#found ??= this.#find();
    return this.#found;
  }
}
