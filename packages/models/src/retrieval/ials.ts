import { type CsrMatrix, MatineeError, type Random, transposeCsr } from '@matinee/numerics';
import { factorSmall, solveSmall } from '@matinee/numerics/linear-algebra';
import Type, { type Static } from 'typebox';
import { requireArray } from '../artifacts/artifact-fields.ts';
import type { SpaceDefinition } from '../config/search-dimension.ts';
import type { FitContext } from '../training/fit-context.ts';
import { defineFamily, type SourceFamily } from './define-family.ts';
import type { FamilyTraits } from './family-traits.ts';
import { historyStrengths } from './history-strengths.ts';
import { positiveMatrix } from './interaction-matrix.ts';
import { rememberLatest } from './remember-latest.ts';
import type { RetrievalModel, RetrievalQuery } from './retrieval-model.ts';
import { selectTop } from './select-top.ts';
import { strongestContributors } from './strongest-contributors.ts';

const KIND = 'ials';
const VERSION = 1;

const ialsConfigSchema = Type.Object(
  {
    /** d, numbers per user and item: time grows with its square, and with its cube where there is little data. */
    factors: Type.Integer({ minimum: 1, maximum: 2048 }),
    /** Passes over all users, then all items. */
    sweeps: Type.Integer({ minimum: 1, maximum: 1000 }),
    /** λ: the L2 penalty, scaled by `exponent`. */
    regularization: Type.Number({ minimum: 1e-6, maximum: 1_000_000 }),
    /** ν: a row is penalised by its weight^ν, so 0 = all rows alike, 1 = frequent ones in proportion. */
    exponent: Type.Number({ minimum: 0, maximum: 2 }),
    /** α₀: weight of every pair of user and item as unobserved, where an observed interaction has weight 1. */
    unobservedWeight: Type.Number({ minimum: 0, maximum: 1000 }),
    /** A history item with n later ones counts (1 + n)^−historyDecay; 0 = all count the same, as in the paper. */
    historyDecay: Type.Number({ minimum: 0, maximum: 10 }),
    /** Number of newest history items that count. */
    maxHistoryItems: Type.Integer({ minimum: 1, maximum: 100_000 }),
  },
  { additionalProperties: false },
);

export type IalsConfig = Static<typeof ialsConfigSchema>;

/** What to search, apart from how much the order of a history counts. */
export const IALS_SPACE: SpaceDefinition = {
  factors: { choice: [32, 64, 128] },
  sweeps: { integer: [4, 16] },
  regularization: { log: [0.0005, 0.5] },
  exponent: { uniform: [0.5, 1.2] },
  unobservedWeight: { log: [0.01, 2] },
};

const TRAITS: FamilyTraits = {
  reads: 'history',
  explains: 'sum',
  training: 'direct',
  liveUpdates: 'never',
  role: 'collaborative',
  answerName: 'v2_ials',
  searchSpace: { ...IALS_SPACE, historyDecay: { uniform: [0, 2] } },
  goodFor: [],
  notes: {
    summary: 'The titles nearest to this history among a few dozen learned factors.',
    code: 'packages/models/src/retrieval/ials.ts',
    card: 'docs/models/ials.md',
    paper: { name: 'Hu, Koren & Volinsky 2008', url: 'https://doi.org/10.1109/ICDM.2008.22' },
  },
};

/**
 * Implicit alternating least squares: factors of users and items whose product is 1 where there is an interaction, and
 * near 0 elsewhere. Needs no items² memory: the alternative to EASE on large catalogues.
 *
 * Minimises Σ_observed c (wᵤᵀhᵢ − 1)² + α₀ Σ_all (wᵤᵀhᵢ)² + λ Σ_u (n_u + α₀ m)^ν ‖wᵤ‖² + the same over items, where c
 * is the interaction's weight, n_u the sum of u's and m the number of items with interactions. With one side fixed
 * every row of the other is the solution of d linear equations, (α₀ Σ_all h hᵀ + Σ_observed c h hᵀ + ridge · I) w =
 * Σ_observed c h, whose first sum is common to all rows.
 *
 * Users are not stored: the same equations fold a query's history in, so a visitor and a long-standing user are served
 * alike. A dislike is a like of −1: |c| enters the left side and c the right, which pulls the predicted
 * preference for it, and for what is near it, below that for the unknown.
 *
 * Items without interactions have no score. A history without an item with interactions gives no scores at all.
 *
 * fit O(sweeps · (interactions · d² + (users + items) · d³ / 6)), one thread; retrieve O(history · d² / 2 + d³ / 6 +
 * items · d); artefact 4 bytes · items · d.
 *
 * @see Hu, Koren & Volinsky (2008), Collaborative filtering for implicit feedback datasets, ICDM; Rendle, Krichene,
 * Zhang & Koren (2022), Revisiting the performance of iALS on item recommendation benchmarks, RecSys (α₀, ν and the
 * initial scale).
 */
export const ialsFamily: SourceFamily<IalsConfig> = defineFamily<IalsConfig>({
  kind: KIND,
  version: VERSION,
  schema: ialsConfigSchema,
  defaults: {
    factors: 64,
    sweeps: 8,
    regularization: 0.005,
    exponent: 1,
    unobservedWeight: 0.2,
    historyDecay: 1,
    maxHistoryItems: 10_000,
  },
  traits: TRAITS,
  async fit(data, config, { random, checkpoint }) {
    return createIalsModel(config, await alternate(positiveMatrix(data), config, random, checkpoint));
  },
  async load(artifact, config) {
    const itemFactors = requireArray(artifact, 'itemFactors', Float32Array);
    if (itemFactors.length % config.factors !== 0) {
      throw new MatineeError('BAD_ARTIFACT', `${KIND}: "itemFactors" must hold whole rows of ${config.factors}`);
    }
    const gramian = requireArray(artifact, 'gramian', Float64Array, config.factors ** 2);
    return createIalsModel(config, { itemFactors, gramian });
  },
});

interface IalsParts {
  /** H, row-major [itemCount, factors]; the row of an item without interactions is NaN, and so are its scores. */
  readonly itemFactors: Float32Array;
  /** HᵀH over the items with interactions, row-major [factors, factors], lower triangle. */
  readonly gramian: Float64Array;
}

/** The side of the factorisation that is given while rows of the other are solved for. */
interface FixedSide {
  /** Row-major [rows, factors]. */
  readonly factors: Float32Array;
  /** Σ y yᵀ over the rows, row-major [factors, factors], lower triangle. */
  readonly gramian: Float64Array;
  /** Number of rows with interactions. */
  readonly count: number;
}

/** Observations multiplied at a time: with 64 factors they take 32 kB, what the nearest cache holds. */
const BLOCK_WIDTH = 64;

/** The linear equations of one row; the arrays serve many rows in turn. */
interface Equations {
  /** Left side, row-major [factors, factors], lower triangle; its Cholesky factor once solved. */
  readonly matrix: Float64Array;
  /** Right side, length factors; the solution once solved. */
  readonly vector: Float64Array;
  /** Scratch, [factors, BLOCK_WIDTH]. */
  readonly block: Float64Array;
}

/** Observations of one row or more: rows of the fixed side, with a weight for (> 0) or against (< 0) each. */
type Observations = Pick<CsrMatrix, 'columnIndices' | 'values'>;

async function alternate(
  byUser: CsrMatrix,
  config: IalsConfig,
  random: Random,
  checkpoint: FitContext['checkpoint'],
): Promise<IalsParts> {
  const { factors: size, sweeps } = config;
  const byItem = transposeCsr(byUser);
  const userCount = countFilledRows(byUser);
  const itemCount = countFilledRows(byItem);
  let done = 0;
  const countRow = (): Promise<void> => checkpoint(done++, sweeps * (userCount + itemCount));
  let itemFactors = drawFactors(byItem, size, random);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const items = { factors: itemFactors, gramian: gramianOf(itemFactors, size), count: itemCount };
    const userFactors = await solveRows(byUser, items, config, countRow);
    const users = { factors: userFactors, gramian: gramianOf(userFactors, size), count: userCount };
    itemFactors = await solveRows(byItem, users, config, countRow);
  }
  const gramian = gramianOf(itemFactors, size);
  for (let item = 0; item < byItem.rowCount; item++) {
    if (isEmptyRow(byItem, item)) itemFactors.fill(Number.NaN, item * size, (item + 1) * size);
  }
  return { itemFactors, gramian };
}

function isEmptyRow({ rowPointers }: CsrMatrix, row: number): boolean {
  return rowPointers[row] === rowPointers[row + 1];
}

function countFilledRows(matrix: CsrMatrix): number {
  let count = 0;
  for (let row = 0; row < matrix.rowCount; row++) if (!isEmptyRow(matrix, row)) count++;
  return count;
}

/**
 * Where the sweeps start: normal, deviation 0.1 / √size, so that the products start near 0 whatever the size (Rendle et
 * al., section 3.3); zeros for rows without an observation.
 */
function drawFactors(observed: CsrMatrix, size: number, random: Random): Float32Array {
  const factors = new Float32Array(observed.rowCount * size);
  const deviation = 0.1 / Math.sqrt(size);
  for (let row = 0; row < observed.rowCount; row++) {
    if (isEmptyRow(observed, row)) continue;
    for (let k = 0; k < size; k++) factors[row * size + k] = deviation * random.normal();
  }
  return factors;
}

/** Does half a sweep: solves each row that has an observation. Returns row-major [rows, factors]. */
async function solveRows(
  observed: CsrMatrix,
  fixed: FixedSide,
  config: IalsConfig,
  countRow: () => Promise<void>,
): Promise<Float32Array> {
  const size = config.factors;
  const solved = new Float32Array(observed.rowCount * size);
  const equations = createEquations(size);
  for (let row = 0; row < observed.rowCount; row++) {
    if (isEmptyRow(observed, row)) continue;
    solveRow(observed, observed.rowPointers[row], observed.rowPointers[row + 1], fixed, config, equations);
    solved.set(equations.vector, row * size);
    await countRow();
  }
  return solved;
}

function createEquations(size: number): Equations {
  return {
    matrix: new Float64Array(size * size),
    vector: new Float64Array(size),
    block: new Float64Array(size * BLOCK_WIDTH),
  };
}

/** Sets up and solves the equations of one row, whose observations are [start, end). */
function solveRow(
  observations: Observations,
  start: number,
  end: number,
  { factors, gramian, count }: FixedSide,
  { factors: size, unobservedWeight, regularization, exponent }: IalsConfig,
  equations: Equations,
): void {
  const { matrix, vector } = equations;
  const { columnIndices, values } = observations;
  for (let index = 0; index < matrix.length; index++) matrix[index] = unobservedWeight * gramian[index];
  addOuterProducts(equations, size, factors, observations, start, end);
  vector.fill(0);
  let weight = unobservedWeight * count;
  for (let entry = start; entry < end; entry++) {
    const base = columnIndices[entry] * size;
    for (let k = 0; k < size; k++) vector[k] += values[entry] * factors[base + k];
    weight += Math.abs(values[entry]);
  }
  const ridge = regularization * weight ** exponent;
  for (let k = 0; k < size; k++) matrix[k * size + k] += ridge;
  factorSmall(matrix, size);
  solveSmall(matrix, size, vector);
}

/** Σ y yᵀ over all rows, row-major [size, size], lower triangle. */
function gramianOf(factors: Float32Array, size: number): Float64Array {
  const rowCount = factors.length / size;
  const everyRow: Observations = {
    columnIndices: Int32Array.from({ length: rowCount }, (_, row) => row),
    values: new Float32Array(rowCount).fill(1),
  };
  const products = createEquations(size);
  addOuterProducts(products, size, factors, everyRow, 0, rowCount);
  return products.matrix;
}

/**
 * matrix += Σ |value| y yᵀ over the observations [start, end), lower triangle. Blocks of √|value| y are gathered factor
 * by factor, then multiplied with themselves: twice as fast as adding up one outer product after another.
 */
function addOuterProducts(
  { matrix, block }: Equations,
  size: number,
  factors: Float32Array,
  { columnIndices, values }: Observations,
  start: number,
  end: number,
): void {
  for (let first = start; first < end; first += BLOCK_WIDTH) {
    const width = Math.min(BLOCK_WIDTH, end - first);
    for (let place = 0; place < width; place++) {
      const base = columnIndices[first + place] * size;
      const root = Math.sqrt(Math.abs(values[first + place]));
      for (let k = 0; k < size; k++) block[k * BLOCK_WIDTH + place] = root * factors[base + k];
    }
    addSquare(matrix, size, block, width);
  }
}

/**
 * matrix += Z Zᵀ, lower triangle, for Z the first `width` columns of a block. The hot loop of a fit: nine sums at a
 * time, for which six numbers are read.
 */
function addSquare(matrix: Float64Array, size: number, block: Float64Array, width: number): void {
  const tiled = size - (size % 3);
  for (let row = 0; row < tiled; row += 3) {
    const a = row * BLOCK_WIDTH;
    // Tiles on the diagonal reach above it, where nothing is read.
    for (let column = 0; column <= row; column += 3) {
      const b = column * BLOCK_WIDTH;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      for (let place = 0; place < width; place++) {
        const a0 = block[a + place];
        const a1 = block[a + BLOCK_WIDTH + place];
        const a2 = block[a + 2 * BLOCK_WIDTH + place];
        const b0 = block[b + place];
        const b1 = block[b + BLOCK_WIDTH + place];
        const b2 = block[b + 2 * BLOCK_WIDTH + place];
        s00 += a0 * b0;
        s01 += a0 * b1;
        s02 += a0 * b2;
        s10 += a1 * b0;
        s11 += a1 * b1;
        s12 += a1 * b2;
        s20 += a2 * b0;
        s21 += a2 * b1;
        s22 += a2 * b2;
      }
      const target = row * size + column;
      matrix[target] += s00;
      matrix[target + 1] += s01;
      matrix[target + 2] += s02;
      matrix[target + size] += s10;
      matrix[target + size + 1] += s11;
      matrix[target + size + 2] += s12;
      matrix[target + 2 * size] += s20;
      matrix[target + 2 * size + 1] += s21;
      matrix[target + 2 * size + 2] += s22;
    }
  }
  for (let row = tiled; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = 0;
      for (let place = 0; place < width; place++) {
        sum += block[row * BLOCK_WIDTH + place] * block[column * BLOCK_WIDTH + place];
      }
      matrix[row * size + column] += sum;
    }
  }
}

/** A history as the model sees it: its factors, and the equations they came from. */
interface FoldedIn {
  readonly observations: Observations;
  readonly solved: Equations;
}

/** scores[i] = factors[i] · vector, for factors row-major [scores.length, vector.length]. */
function multiplyRows(factors: Float32Array, vector: Float64Array, scores: Float32Array): void {
  const size = vector.length;
  for (let row = 0; row < scores.length; row++) {
    let product = 0;
    for (let k = 0; k < size; k++) product += vector[k] * factors[row * size + k];
    scores[row] = product;
  }
}

/**
 * Returns what each history item adds to the score of a candidate. With W the left side for this history, the score of
 * item j is hⱼᵀ W⁻¹ Σ_i strength_i hᵢ: a sum over the history (Hu et al., section 5).
 */
function contributionsTo(
  itemFactors: Float32Array,
  size: number,
  candidate: number,
  { observations, solved }: FoldedIn,
): Map<number, number> {
  const direction = Float64Array.from(itemFactors.subarray(candidate * size, (candidate + 1) * size));
  solveSmall(solved.matrix, size, direction);
  const contributions = new Map<number, number>();
  for (const [position, item] of observations.columnIndices.entries()) {
    let product = 0;
    for (let k = 0; k < size; k++) product += direction[k] * itemFactors[item * size + k];
    contributions.set(item, (contributions.get(item) ?? 0) + observations.values[position] * product);
  }
  return contributions;
}

function createIalsModel(config: IalsConfig, parts: IalsParts): RetrievalModel {
  const { itemFactors, gramian } = parts;
  const size = config.factors;
  const itemCount = itemFactors.length / size;
  const isMet = (item: number): boolean => !Number.isNaN(itemFactors[item * size]);
  const metCount = Array.from({ length: itemCount }, (_, item) => item).filter(isMet).length;
  const items: FixedSide = { factors: itemFactors, gramian, count: metCount };

  const foldIn = ({ history }: RetrievalQuery): FoldedIn => {
    const { start, strengths } = historyStrengths(history, config.historyDecay, config.maxHistoryItems);
    const recent = history.itemIndices.subarray(start);
    const observations = {
      columnIndices: recent.filter(isMet),
      values: Float32Array.from(strengths.filter((_, offset) => isMet(recent[offset]))),
    };
    const solved = createEquations(size);
    solveRow(observations, 0, observations.values.length, items, config, solved);
    return { observations, solved };
  };
  // Most of the cost is here.
  const foldInOnce = rememberLatest(foldIn);

  const writeScores = (query: RetrievalQuery, scores: Float32Array): void => {
    const { observations, solved } = foldInOnce(query);
    scores.fill(Number.NaN);
    if (observations.values.length > 0) multiplyRows(itemFactors, solved.vector, scores);
  };

  return {
    kind: KIND,
    traits: TRAITS,
    itemCount,
    async scoreAll(query, scores) {
      writeScores(query, scores);
    },
    async retrieve(query, n, excluded) {
      const scores = new Float32Array(itemCount);
      writeScores(query, scores);
      return selectTop(scores, n, excluded);
    },
    async contributors(query, itemIndex, limit) {
      if (!isMet(itemIndex)) return [];
      return strongestContributors(contributionsTo(itemFactors, size, itemIndex, foldInOnce(query)), limit);
    },
    save: () => ({ kind: KIND, version: VERSION, config: { ...config }, arrays: { ...parts } }),
  };
}
