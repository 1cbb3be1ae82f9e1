import { MatineeError } from '@matinee/numerics';
import { BIN_SLOTS } from '../features/feature-bins.ts';

/** Features are processed eight at a time: one 64-bit load of bin indices. */
export const FEATURE_GROUP = 8;
/** Size of one histogram cell: gradient sum and hessian sum, as doubles. */
export const CELL_BYTES = 16;
/**
 * Cells from one feature to the next. It is not 256: at a distance of 4096 bytes, equal bins of neighbouring features
 * would share the low twelve address bits, and a load would wait for an earlier store to such an address. On a table of
 * flags an update then takes 4.5 ns instead of 0.5 ns.
 */
export const FEATURE_CELLS = BIN_SLOTS + 17;
export const FEATURE_HISTOGRAM_BYTES = FEATURE_CELLS * CELL_BYTES;
/** Rows of raw values staged for binning at a time. */
export const STAGED_ROWS = 8192;
/** Rows that the histogram kernel reads ahead; the array is padded by this many entries. */
export const LOOKAHEAD_ROWS = 16;

export const MAXIMUM_PAGES = 65536;
const PAGE_BYTES = 65536;

/** Words of the control block, each an int32. See wasm-tasks.ts for the arguments of each task. */
const CONTROL_WORDS = 512;

/**
 * The working memory of one training run: one shared block that every thread can access.
 *
 * Per row it holds two bytes per feature (bins by row, with the feature count rounded up to eight, and again by column,
 * see docs/decisions/0005) and 32 bytes more: gradient pair 8, two row orders 8, score 8, label 4, weight 4. LambdaMART
 * takes another 20 bytes per row. Histograms take 4.3 KiB per feature and leaf; staging takes 32 KiB per feature.
 * Nothing grows during training.
 */
export interface TrainingMemory {
  readonly rowCount: number;
  readonly featureCount: number;
  /** Bytes per row of bins. */
  readonly stride: number;
  readonly byteLength: number;
  /** A shared WebAssembly.Memory, typed loosely because Node's types do not declare it. */
  readonly handle: { readonly buffer: SharedArrayBuffer };
  /** Byte offsets of the regions. */
  readonly at: Readonly<Record<RegionName, number>>;
  readonly control: Int32Array;
  readonly controlDoubles: Float64Array;
  /** [256]: 1 where the bin goes to the left child. */
  readonly goesLeft: Uint8Array;
  /** [stride][256], padded with +Infinity. */
  readonly cuts: Float32Array;
  /** [STAGED_ROWS][featureCount]. */
  readonly staging: Float32Array;
  /** [rowCount][stride]: for histograms, which read all bins of a row. */
  readonly bins: Uint8Array;
  /** [featureCount][rowCount], the same bins: for the partition, which reads one feature of many rows. */
  readonly columns: Uint8Array;
  /** [rowCount][2] fixed-point gradient and hessian. */
  readonly pairs: Int32Array;
  /** The same bytes as `pairs`, before quantisation. */
  readonly rawPairs: Float32Array;
  /** [rowCount]: row numbers grouped by leaf, ascending within a leaf. */
  readonly rows: Int32Array;
  readonly scratchRows: Int32Array;
  readonly scores: Float64Array;
  readonly labels: Float32Array;
  readonly weights: Float32Array;
  /** LambdaMART only, otherwise empty; the fields of RankingQueries in lambdamart.ts. */
  readonly order: Int32Array;
  readonly gains: Float64Array;
  readonly odds: Float64Array;
  readonly starts: Int32Array;
  readonly scales: Float64Array;
  readonly discounts: Float64Array;
  readonly cutoff: number;
  /** [leafSlots][stride][FEATURE_CELLS][2]. */
  readonly histograms: Float64Array;
}

type RegionName =
  | 'control'
  | 'goesLeft'
  | 'cuts'
  | 'staging'
  | 'bins'
  | 'columns'
  | 'pairs'
  | 'rows'
  | 'scratchRows'
  | 'scores'
  | 'labels'
  | 'weights'
  | 'leaves'
  | 'order'
  | 'gains'
  | 'odds'
  | 'starts'
  | 'scales'
  | 'discounts'
  | 'histograms';

/**
 * Allocates the memory for one run.
 *
 * @param leafSlots Number of histograms alive at once: the leaf limit.
 * @param ranking For LambdaMART only.
 * @throws {MatineeError} `OUT_OF_MEMORY` with the sizes when the run needs more than 4 GiB.
 */
export function allocateTrainingMemory(
  rowCount: number,
  featureCount: number,
  leafSlots: number,
  ranking?: { readonly queryCount: number; readonly cutoff: number },
): TrainingMemory {
  const stride = Math.ceil(featureCount / FEATURE_GROUP) * FEATURE_GROUP;
  const shape = { rowCount, featureCount, stride, leafSlots, queryCount: 0, cutoff: 0, ...ranking };
  const sizes = regionSizes(shape, ranking !== undefined);
  const { at, end } = placeRegions(sizes);
  const pages = Math.ceil(end / PAGE_BYTES);
  const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  const need = `training needs ${mib(end)} (${mib(sizes.bins + sizes.columns)} of bins, ${mib(sizes.histograms)} of histograms)`;
  if (pages >= MAXIMUM_PAGES) {
    throw new MatineeError('OUT_OF_MEMORY', `${need} and at most 4096 MiB can be shared; use fewer rows or maxLeaves`);
  }
  const handle = shareMemory(pages, need);
  return {
    rowCount,
    featureCount,
    stride,
    byteLength: pages * PAGE_BYTES,
    handle,
    at,
    cutoff: shape.cutoff,
    ...viewRegions(handle.buffer, shape, at, sizes),
  };
}

/** The numbers that the layout depends on. */
interface MemoryShape {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly stride: number;
  readonly leafSlots: number;
  readonly queryCount: number;
  readonly cutoff: number;
}

/** Returns the size of every region in bytes, in the order of the layout. */
function regionSizes(
  { rowCount, featureCount, stride, leafSlots, queryCount, cutoff }: MemoryShape,
  isRanking: boolean,
): Record<RegionName, number> {
  return {
    control: CONTROL_WORDS * 4,
    goesLeft: BIN_SLOTS,
    cuts: stride * BIN_SLOTS * 4,
    staging: Math.min(STAGED_ROWS, rowCount) * featureCount * 4,
    bins: rowCount * stride,
    columns: rowCount * featureCount,
    pairs: rowCount * 8,
    rows: (rowCount + 2 * LOOKAHEAD_ROWS) * 4,
    scratchRows: rowCount * 4,
    scores: rowCount * 8,
    labels: rowCount * 4,
    weights: rowCount * 4,
    leaves: leafSlots * 16,
    order: isRanking ? rowCount * 4 : 0,
    gains: isRanking ? rowCount * 8 : 0,
    odds: isRanking ? rowCount * 8 : 0,
    starts: (queryCount + 1) * 4,
    scales: queryCount * 8,
    discounts: cutoff * 8,
    histograms: leafSlots * stride * FEATURE_HISTOGRAM_BYTES,
  };
}

/** Places the regions one after another, each at the start of a cache line. */
function placeRegions(sizes: Record<RegionName, number>): { at: Record<RegionName, number>; end: number } {
  const at = {} as Record<RegionName, number>;
  let end = 0;
  for (const [name, size] of Object.entries(sizes) as [RegionName, number][]) {
    at[name] = end;
    end = Math.ceil((end + size) / 64) * 64;
  }
  return { at, end };
}

/** Returns a typed array for every region. */
function viewRegions(
  buffer: SharedArrayBuffer,
  { rowCount, stride, queryCount, cutoff }: MemoryShape,
  at: Readonly<Record<RegionName, number>>,
  sizes: Readonly<Record<RegionName, number>>,
) {
  return {
    control: new Int32Array(buffer, at.control, CONTROL_WORDS),
    controlDoubles: new Float64Array(buffer, at.control, CONTROL_WORDS / 2),
    goesLeft: new Uint8Array(buffer, at.goesLeft, BIN_SLOTS),
    cuts: new Float32Array(buffer, at.cuts, stride * BIN_SLOTS),
    staging: new Float32Array(buffer, at.staging, sizes.staging / 4),
    bins: new Uint8Array(buffer, at.bins, sizes.bins),
    columns: new Uint8Array(buffer, at.columns, sizes.columns),
    pairs: new Int32Array(buffer, at.pairs, rowCount * 2),
    rawPairs: new Float32Array(buffer, at.pairs, rowCount * 2),
    rows: new Int32Array(buffer, at.rows, rowCount),
    scratchRows: new Int32Array(buffer, at.scratchRows, rowCount),
    scores: new Float64Array(buffer, at.scores, rowCount),
    labels: new Float32Array(buffer, at.labels, rowCount),
    weights: new Float32Array(buffer, at.weights, rowCount),
    order: new Int32Array(buffer, at.order, sizes.order / 4),
    gains: new Float64Array(buffer, at.gains, sizes.gains / 8),
    odds: new Float64Array(buffer, at.odds, sizes.odds / 8),
    starts: new Int32Array(buffer, at.starts, queryCount + 1),
    scales: new Float64Array(buffer, at.scales, queryCount),
    discounts: new Float64Array(buffer, at.discounts, cutoff),
    histograms: new Float64Array(buffer, at.histograms, sizes.histograms / 8),
  };
}

function shareMemory(pages: number, need: string): { readonly buffer: SharedArrayBuffer } {
  try {
    return new webAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new MatineeError('OUT_OF_MEMORY', `${need} and the system refused it; use fewer rows or maxLeaves`, {
      cause,
    });
  }
}

/** The part of the WebAssembly API used here; neither Node's types nor the ES library declare it. */
interface WebAssemblyInterface {
  readonly Memory: new (options: {
    initial: number;
    maximum: number;
    shared: boolean;
  }) => { buffer: SharedArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { exports: Record<string, (...values: number[]) => number> };
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyInterface }).WebAssembly;
