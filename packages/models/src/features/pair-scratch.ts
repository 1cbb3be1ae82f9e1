/**
 * Tables with one number per candidate, reused from query to query. Place 0 of each takes what belongs to items that
 * are no candidates, so that adding needs no branch; the candidate of row r has place r + 1.
 */
export interface PairScratch {
  /** By item: the candidate's place, 0 for an item that is none. */
  readonly places: Int32Array;
  readonly tables: PairTables;
}

export interface PairTables {
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

/** Lends the scratch to one query's candidates at a time. */
export interface PairScratchOwner {
  /** Calls `use` with tables of 0 for these candidates, which are distinct. */
  lend(candidates: Int32Array, use: (scratch: PairScratch) => void): void;
}

/** @remarks 4 bytes an item, and about 50 a candidate. */
export function createPairScratch(itemCount: number): PairScratchOwner {
  const places = new Int32Array(itemCount);
  let tables = createTables(0);
  return {
    lend(candidates, use) {
      const size = candidates.length + 1;
      if (tables.all.length < size) tables = createTables(size);
      else clear(tables, size);
      for (let row = 0; row < candidates.length; row++) places[candidates[row]] = row + 1;
      try {
        use({ places, tables });
      } finally {
        for (let row = 0; row < candidates.length; row++) places[candidates[row]] = 0;
      }
    },
  };
}

function createTables(size: number): PairTables {
  const table = (): Float32Array => new Float32Array(size);
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

function clear(tables: PairTables, size: number): void {
  for (const table of Object.values(tables) as readonly Float32Array[]) table.fill(0, 0, size);
}
