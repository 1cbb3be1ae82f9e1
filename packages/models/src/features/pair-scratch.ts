/** Tables with one number per item, [itemCount] each, reused from query to query. */
export interface PairScratch {
  /** Cosine with the last item of the history, and sums of the cosines with the last 3, the last 10 and all. */
  readonly last: Float32Array;
  readonly last3: Float32Array;
  readonly last10: Float32Array;
  readonly all: Float32Array;
  /** Largest cosine with any item of the history. */
  readonly best: Float32Array;
  readonly next: Float32Array;
  readonly nextBack: Float32Array;
  readonly followsLast: Float32Array;
  readonly follows: Float32Array;
  readonly followedBy: Float32Array;
  /** Cosine-weighted sums of the user's ratings less their mean, and the sums of these cosines. */
  readonly ratingSums: Float32Array;
  readonly ratingWeights: Float32Array;
}

/** Allocates tables for `itemCount` items: about 50 bytes an item. */
export function createPairScratch(itemCount: number): PairScratch {
  const table = (): Float32Array => new Float32Array(itemCount);
  return {
    last: table(),
    last3: table(),
    last10: table(),
    all: table(),
    best: table(),
    next: table(),
    nextBack: table(),
    followsLast: table(),
    follows: table(),
    followedBy: table(),
    ratingSums: table(),
    ratingWeights: table(),
  };
}

/** Sets every number to 0. */
export function clearPairScratch(scratch: PairScratch): void {
  scratch.last.fill(0);
  scratch.last3.fill(0);
  scratch.last10.fill(0);
  scratch.all.fill(0);
  scratch.best.fill(0);
  scratch.next.fill(0);
  scratch.nextBack.fill(0);
  scratch.followsLast.fill(0);
  scratch.follows.fill(0);
  scratch.followedBy.fill(0);
  scratch.ratingSums.fill(0);
  scratch.ratingWeights.fill(0);
}
