import type { BlendedCandidates, NamedSource } from '@matinee/models/blend';
import type { ItemIndex } from '@matinee/models/data';

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
  readonly itemIndex: ItemIndex;
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
  const named = blended.sourceNames.map((name) => sources.find((source) => source.name === name)!);
  const candidates: Candidate[] = [];
  for (let position = 0; position < blended.itemIndices.length; position++) {
    candidates.push(new Row(blended, named, position, rankerScores[position]!));
  }
  return candidates;
}

/** The same candidate with so much more score. */
export function withBoost(candidate: Candidate, boost: number): Candidate {
  return new Boosted(candidate, boost);
}

/**
 * A row that reads its sources when it is asked for them: of five hundred candidates a list looks into twenty.
 *
 * @remarks A class, since objects with a getter of their own each get a shape of their own in V8, which only full collections
 * free; and without a function or an object of its own for each row, which were a good part of what a request left behind.
 */
class Row implements Candidate {
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
}

/** Does not look into the sources either. */
class Boosted implements Candidate {
  readonly itemIndex: number;
  readonly score: number;
  readonly boost: number;
  readonly #candidate: Candidate;

  constructor(candidate: Candidate, boost: number) {
    this.itemIndex = candidate.itemIndex;
    this.score = candidate.score + boost;
    this.boost = boost;
    this.#candidate = candidate;
  }

  get blendScore(): number {
    return this.#candidate.blendScore;
  }

  get sources(): readonly CandidateSource[] {
    return this.#candidate.sources;
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
