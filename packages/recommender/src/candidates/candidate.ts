import type { BlendedCandidates, NamedSource } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';

/** What one source contributed to a candidate. */
export interface CandidateSource {
  readonly source: NamedSource;
  /** From 1. */
  readonly rank: number;
  /** The source's own score. */
  readonly score: number;
  /** The summand of the candidate's blend score. */
  readonly contribution: number;
}

/** An item that at least one source found, with its sources. */
export interface Candidate {
  readonly itemIndex: ItemIndex;
  /** The score of the order: the ranker's, or the blend's without a ranker, plus `boost`. */
  readonly score: number;
  /** Sum of the sources' contributions. */
  readonly blendScore: number;
  /** What boosts added to the score; absent where nothing was added. */
  readonly boost?: number;
  /** Largest contribution first; ties in the order of the release. */
  readonly sources: readonly CandidateSource[];
}

/**
 * Returns the rows of the blended table as objects, best first.
 *
 * @param sources The release's sources, among them every one that `blended` names.
 * @param rankerScores By position; the blend's scores by default.
 */
export function listCandidates(
  blended: BlendedCandidates,
  sources: readonly NamedSource[],
  rankerScores: Float32Array = blended.scores,
): Candidate[] {
  const named = blended.sourceNames.map((name) => sources.find((source) => source.name === name)!);
  const candidates: Candidate[] = [];
  for (let position = 0; position < blended.itemIndices.length; position++) {
    candidates.push(new PoolCandidate(blended, named, position, rankerScores[position]!));
  }
  return candidates;
}

/**
 * Calls `visit` with each source of a candidate, in any order. Rows read a little of every candidate's sources: this
 * makes no objects.
 */
export function visitSources(candidate: Candidate, visit: SourceVisitor): void {
  if (candidate instanceof PoolCandidate) candidate.visitSources(visit);
  else if (candidate instanceof BoostedCandidate) visitSources(candidate.candidate, visit);
  else {
    for (const { source, rank, score, contribution } of candidate.sources) visit(source, rank, score, contribution);
  }
}

/** Receives the fields of a {@link CandidateSource}. */
type SourceVisitor = (source: NamedSource, rank: number, score: number, contribution: number) => void;

/** Returns the same candidate with `boost` added to its score. */
export function withBoost(candidate: Candidate, boost: number): Candidate {
  return new BoostedCandidate(candidate, boost);
}

/**
 * A row of the pool that computes its sources on first use: of 500 candidates a list reads about twenty.
 *
 * @remarks A class, because objects with their own getters each get their own shape in V8, which only full collections
 * free. It creates no function or object per row, which would be a large part of a request's garbage.
 */
class PoolCandidate implements Candidate {
  readonly itemIndex: number;
  readonly score: number;
  readonly #blended: BlendedCandidates;
  readonly #named: readonly NamedSource[];
  readonly #position: number;
  #sources: readonly CandidateSource[] | undefined;

  constructor(blended: BlendedCandidates, named: readonly NamedSource[], position: number, score: number) {
    this.itemIndex = blended.itemIndices[position]!;
    this.score = score;
    this.#blended = blended;
    this.#named = named;
    this.#position = position;
  }

  get blendScore(): number {
    return this.#blended.scores[this.#position]!;
  }

  get sources(): readonly CandidateSource[] {
    this.#sources ??= sourcesOf(this.#blended, this.#named, this.#position);
    return this.#sources;
  }

  visitSources(visit: SourceVisitor): void {
    const { itemIndices, ranks, sourceScores, contributions } = this.#blended;
    for (let row = 0; row < this.#named.length; row++) {
      const at = row * itemIndices.length + this.#position;
      if (ranks[at] !== 0) visit(this.#named[row]!, ranks[at]!, sourceScores[at]!, contributions[at]!);
    }
  }
}

/** A candidate with a boost; also leaves the sources uncomputed. */
class BoostedCandidate implements Candidate {
  readonly itemIndex: number;
  readonly score: number;
  readonly boost: number;
  readonly candidate: Candidate;

  constructor(candidate: Candidate, boost: number) {
    this.itemIndex = candidate.itemIndex;
    this.score = candidate.score + boost;
    this.boost = boost;
    this.candidate = candidate;
  }

  get blendScore(): number {
    return this.candidate.blendScore;
  }

  get sources(): readonly CandidateSource[] {
    return this.candidate.sources;
  }
}

function sourcesOf(
  { itemIndices, ranks, sourceScores, contributions }: BlendedCandidates,
  named: readonly NamedSource[],
  position: number,
): CandidateSource[] {
  const found: CandidateSource[] = [];
  for (let row = 0; row < named.length; row++) {
    const at = row * itemIndices.length + position;
    if (ranks[at] === 0) continue;
    found.push({ source: named[row]!, rank: ranks[at]!, score: sourceScores[at]!, contribution: contributions[at]! });
  }
  return found.sort((a, b) => b.contribution - a.contribution);
}
