import { MatineeError, type Random } from '@matinee/numerics';
import {
  cast,
  clip,
  concat,
  constant,
  mul,
  nanMask,
  scalar,
  select,
  sub,
  symlog,
  type Tensor,
  where,
} from '@matinee/numerics/engine';
import type { RankingTable } from './ranking-table.ts';

/**
 * How raw features become inputs of a network: first the plain columns, then the wide ones, then the indicators.
 *
 * A plain value x becomes (x − mean) / deviation, a wide one (symlog(x / unit) − mean) / deviation, both clipped to
 * ±{@link LIMIT}; a missing value becomes 0. A column that is constant in training is in neither list.
 */
export interface Standardization {
  /** Features without a logarithm, ascending. */
  readonly plain: Int32Array;
  /** Features with long tails, ascending. */
  readonly wide: Int32Array;
  /** Unit of each wide feature before the logarithm. */
  readonly units: Float32Array;
  /** Means of the plain features, then of the wide ones. */
  readonly means: Float32Array;
  readonly deviations: Float32Array;
  /** Features with missing values, ascending. Each has an indicator, 1 = missing. */
  readonly indicated: Int32Array;
}

/** Rows sampled for quantiles and means; more would only change the third digit. */
const SAMPLE_ROWS = 32_768;
/** Share of the values at either end that are left out of mean and deviation as outliers. */
const TAIL_SHARE = 0.001;
/** Tail length in deviations from which a column is wide: above a normal's 3.1, below an exponential's 5.9. */
const WIDE_DEVIATIONS = 4;
/** Inputs of the network stay within ± this. */
const LIMIT = 5;

/**
 * Estimates the standardisation from training rows.
 *
 * @throws {MatineeError} `BAD_FEATURES` when no feature varies.
 * @remarks One pass over the table; sorts a sample of at most 32,768 values a feature.
 */
export function fitStandardization({ featureNames, rowCount, values }: RankingTable, random: Random): Standardization {
  const width = featureNames.length;
  const missing = countMissing(values, width);
  // Sampled at random, because rows of a query are ordered: every nth row might be the first of its query.
  const rows =
    rowCount <= SAMPLE_ROWS
      ? Int32Array.from({ length: rowCount }, (_, row) => row)
      : Int32Array.from({ length: SAMPLE_ROWS }, () => random.integer(rowCount));
  const columns = featureNames.map((_, feature) => {
    const sample = Float32Array.from(rows, (row) => values[row * width + feature])
      .filter(Number.isFinite)
      .sort();
    return { feature, sample, ...describeColumn(sample) };
  });
  const plain = columns.filter(({ spread }) => spread === 'plain');
  const wide = columns.filter(({ spread }) => spread === 'wide');
  if (plain.length + wide.length === 0) {
    throw new MatineeError('BAD_FEATURES', 'train: no feature varies from row to row; there is nothing to learn from');
  }
  return {
    plain: Int32Array.from(plain, ({ feature }) => feature),
    wide: Int32Array.from(wide, ({ feature }) => feature),
    units: Float32Array.from(wide, ({ unit }) => unit),
    means: Float32Array.from([...plain, ...wide], ({ mean }) => mean),
    deviations: Float32Array.from([...plain, ...wide], ({ deviation }) => deviation),
    indicated: Int32Array.from(featureNames.keys()).filter(
      (feature) => missing[feature] > 0 && missing[feature] < rowCount,
    ),
  };
}

/**
 * Appends the standardisation to a graph.
 *
 * @param values [rows, features], raw; NaN = missing.
 * @returns [rows, means + indicators], all finite.
 */
export function standardize(values: Tensor, standardization: Standardization): Tensor {
  const { graph } = values;
  const { plain, wide, units, means, deviations, indicated } = standardization;
  const rowOf = (numbers: ArrayLike<number>): Tensor => constant(graph, numbers, [numbers.length]);
  const inverse = (numbers: Float32Array): number[] => Array.from(numbers, (value) => 1 / value);
  const parts: Tensor[] = [];
  if (plain.length > 0) parts.push(select(values, [...plain], 1));
  if (wide.length > 0) parts.push(symlog(mul(select(values, [...wide], 1), rowOf(inverse(units)))));
  const scores = mul(sub(concat(parts, 1), rowOf(means)), rowOf(inverse(deviations))); // NaN where missing
  const present = where(nanMask(scores), scalar(graph, 0), clip(scores, -LIMIT, LIMIT));
  if (indicated.length === 0) return present;
  return concat([present, cast(nanMask(select(values, [...indicated], 1)), 'float32')], 1);
}

function countMissing(values: Float32Array, width: number): Int32Array {
  const missing = new Int32Array(width);
  for (let start = 0; start < values.length; start += width) {
    for (let feature = 0; feature < width; feature++) if (Number.isNaN(values[start + feature])) missing[feature]++;
  }
  return missing;
}

interface ColumnStatistics {
  readonly spread: 'constant' | 'plain' | 'wide';
  readonly unit: number;
  readonly mean: number;
  readonly deviation: number;
}

/** @param sample Finite values, ascending. */
function describeColumn(sample: Float32Array): ColumnStatistics {
  const [low, high] = sample.length > 0 ? boundsOf(sample) : [0, 0];
  if (low === high) return { spread: 'constant', unit: 1, mean: 0, deviation: 1 };
  const raw = momentsOf(sample, (value) => Math.min(high, Math.max(low, value)));
  const reach = Math.max(high - raw.mean, raw.mean - low) / raw.deviation;
  if (reach <= WIDE_DEVIATIONS) return { spread: 'plain', unit: 1, ...raw };
  const unit = medianSize(sample);
  const compressed = momentsOf(sample, (value) => {
    const bounded = Math.min(high, Math.max(low, value));
    return Math.sign(bounded) * Math.log1p(Math.abs(bounded) / unit);
  });
  return { spread: 'wide', unit, ...compressed };
}

/** The range without outliers; the whole range if that is a single value, as for rare events. */
function boundsOf(sample: Float32Array): readonly [number, number] {
  const last = sample.length - 1;
  const tail = Math.floor(TAIL_SHARE * last);
  const [low, high] = [sample[tail], sample[last - tail]];
  return low < high ? [low, high] : [sample[0], sample[last]];
}

function momentsOf(sample: Float32Array, transform: (value: number) => number): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  const origin = transform(sample[0]); // sums of squares are centred on a value of the column, because dates centred on 0 would lose all digits
  for (const value of sample) {
    const difference = transform(value) - origin;
    sum += difference;
    squares += difference * difference;
  }
  const mean = sum / sample.length;
  return { mean: origin + mean, deviation: Math.sqrt(squares / sample.length - mean * mean) };
}

/** Median of |x| over the non-zero values. */
function medianSize(sample: Float32Array): number {
  const sizes = sample
    .filter((value) => value !== 0)
    .map(Math.abs)
    .sort();
  return sizes[Math.floor(sizes.length / 2)];
}
