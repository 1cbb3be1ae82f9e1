import { MatineeError, type Random } from '@matinee/numerics';
import { Value } from 'typebox/value';
import { type Dimension, dimensionSchema, scalarSchema } from '../config/search-dimension.ts';
import { readField, type Scalar } from './config-fields.ts';

/** What is searched, checked. */
export interface SearchSpace {
  /** By field; at least one. */
  readonly dimensions: Readonly<Record<string, Dimension>>;
  /** What differs from the defaults in all trials, by field. */
  readonly fixed: Readonly<Record<string, Scalar>>;
}

/** One value for every dimension, by field. */
export type TrialValues = Readonly<Record<string, Scalar>>;

/**
 * @param owner Whose space it is, as it stands in messages.
 * @param base The complete configuration that trials change.
 * @throws {MatineeError} `BAD_CONFIG` naming the field: not of the configuration, not a dimension, ends in the wrong
 * order; or that nothing is left to search.
 */
export function parseSearchSpace(owner: string, definition: unknown, base: object): SearchSpace {
  if (!isRecord(definition)) throw new MatineeError('BAD_CONFIG', `${owner} must be an object`);
  const dimensions: Record<string, Dimension> = {};
  const fixed: Record<string, Scalar> = {};
  for (const [field, value] of Object.entries(definition)) {
    if (readField(base, field) === undefined) {
      const known = Object.keys(base).join(', ');
      throw new MatineeError('BAD_CONFIG', `${owner}: the model has no field "${field}"; it has: ${known}`);
    }
    if (Value.Check(scalarSchema, value)) fixed[field] = value;
    else if (Value.Check(dimensionSchema, value)) dimensions[field] = checkRange(owner, field, value);
    else {
      throw new MatineeError(
        'BAD_CONFIG',
        `${owner}, field "${field}": give a value, or one of {"uniform": [low, high]}, {"log": …}, {"integer": …}, {"logInteger": …}, {"choice": [values]}`,
      );
    }
  }
  if (Object.keys(dimensions).length === 0) throw new MatineeError('BAD_CONFIG', `${owner} leaves nothing to search`);
  return { dimensions, fixed };
}

function checkRange(owner: string, field: string, dimension: Dimension): Dimension {
  if ('choice' in dimension) return dimension;
  const [low, high] = rangeOf(dimension);
  const fail = (what: string): never => {
    throw new MatineeError('BAD_CONFIG', `${owner}, field "${field}": [${low}, ${high}] ${what}`);
  };
  if (!(low < high)) fail('must go from the lower end to the higher');
  if (isLog(dimension) && low <= 0) fail('must lie above 0 to be searched by order of magnitude');
  if (isInteger(dimension) && !(Number.isInteger(low) && Number.isInteger(high))) fail('must be whole numbers');
  return dimension;
}

/** Draws every dimension by itself. */
export function sampleValues({ dimensions }: SearchSpace, random: Random): TrialValues {
  return mapDimensions(dimensions, (dimension) => fromUnit(dimension, random.next()));
}

/**
 * Where a value lies in its dimension, [0, 1]; values outside of it count as its ends. For a choice: the middle of the
 * value's share, or of the first one's where the choice does not hold it.
 */
export function toUnit(dimension: Dimension, value: Scalar): number {
  if ('choice' in dimension) return (Math.max(0, dimension.choice.indexOf(value)) + 0.5) / dimension.choice.length;
  const [low, high] = rangeOf(dimension);
  const number = Number(value);
  const share = isLog(dimension) ? Math.log(number / low) / Math.log(high / low) : (number - low) / (high - low);
  return Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share));
}

/** The value at a place of [0, 1]. */
export function fromUnit(dimension: Dimension, unit: number): Scalar {
  if ('choice' in dimension) {
    const { choice } = dimension;
    return choice[Math.min(choice.length - 1, Math.floor(unit * choice.length))];
  }
  const [low, high] = rangeOf(dimension);
  const value = isLog(dimension) ? low * (high / low) ** unit : low + unit * (high - low);
  if (isInteger(dimension)) return Math.min(high, Math.max(low, Math.round(value)));
  // Four digits: what is printed can be typed again, and no metric tells more of them apart.
  return Math.min(high, Math.max(low, Number(value.toPrecision(4))));
}

/** A value for each dimension. */
export function mapDimensions(
  dimensions: SearchSpace['dimensions'],
  choose: (dimension: Dimension, field: string) => Scalar,
): TrialValues {
  return Object.fromEntries(Object.entries(dimensions).map(([field, dimension]) => [field, choose(dimension, field)]));
}

function rangeOf(dimension: Exclude<Dimension, { choice: unknown }>): [number, number] {
  return Object.values(dimension)[0] as [number, number];
}

function isLog(dimension: Dimension): boolean {
  return 'log' in dimension || 'logInteger' in dimension;
}

function isInteger(dimension: Dimension): boolean {
  return 'integer' in dimension || 'logInteger' in dimension;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
