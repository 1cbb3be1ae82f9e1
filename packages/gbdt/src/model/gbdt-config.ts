import { MatineeError } from '@matinee/numerics';

/** The loss to minimise. Scores are log-odds, values, or unit-free ranking scores. */
export type Objective =
  | { readonly kind: 'logistic' }
  | { readonly kind: 'squared-error' }
  | {
      readonly kind: 'lambdamart';
      /** NDCG cutoff: a pair counts only if one of its rows is in the top `truncation`. Default 10. */
      readonly truncation?: number;
      /** Steepness of the pairwise logistic function. Default 1. */
      readonly sigma?: number;
      /** Gain of a grade: 2^grade − 1, the grade itself, or a table indexed by grade. Default 'exponential'. */
      readonly labelGains?: 'exponential' | 'linear' | readonly number[];
    };

export interface GbdtConfig {
  readonly objective: Objective;
  /** Number of trees; early stopping may end the run with fewer. Default 100. */
  readonly treeCount?: number;
  /** Default 0.1. */
  readonly learningRate?: number;
  /** Leaves per tree, ≥ 2. Default 31. */
  readonly maxLeaves?: number;
  /** Maximum number of splits on a path. Default 32, which rarely matters. */
  readonly maxDepth?: number;
  /** Bins of real values per feature, 2 … 255; missing values use one more. Default 255. */
  readonly maxBins?: number;
  /** Rows sampled to choose the bins. Default 200,000. */
  readonly binSampleRows?: number;
  /** Soft threshold applied to a leaf's gradient sum. Default 0. */
  readonly l1Regularization?: number;
  /** Added to a leaf's hessian sum. Default 1. */
  readonly l2Regularization?: number;
  /** Minimum hessian sum of a leaf; for squared error its number of rows. Default 0.001. */
  readonly minChildWeight?: number;
  /** Minimum loss reduction of a split. Default 0: any positive gain is enough. */
  readonly minSplitGain?: number;
  /** Share of the rows (for LambdaMART: of the queries) that each tree is trained on. Default 1. */
  readonly rowFraction?: number;
  /** Share of the features that each tree may split on. Default 1. */
  readonly featureFraction?: number;
  /** Monotone constraints by feature name: 1 makes the score non-decreasing in the feature, −1 non-increasing. */
  readonly monotone?: Readonly<Record<string, 1 | -1>>;
  /** Names of features whose values are category codes. */
  readonly categorical?: readonly string[];
  /** Hessian added when categories are ordered by gradient ÷ hessian; moves rare ones to the middle. Default 10. */
  readonly categoricalSmoothing?: number;
  /**
   * Stops when the validation metric has not improved for this many trees, and keeps the best model. Needs
   * `validation`.
   */
  readonly earlyStoppingTrees?: number;
  /** What to do with a feature that has a single value, which is usually an upstream mistake. Default 'reject'. */
  readonly constantFeatures?: 'reject' | 'ignore';
  /** Seed of all random draws: the same data, config and seed give the same model bytes. Default 1. */
  readonly seed?: number;
}

/** A config with every default filled in. */
export type CompleteConfig = Required<Omit<GbdtConfig, 'objective' | 'earlyStoppingTrees'>> & {
  readonly objective: Required<Objective>;
  /** 0 means no early stopping. */
  readonly earlyStoppingTrees: number;
};

const DEFAULTS = {
  treeCount: 100,
  learningRate: 0.1,
  maxLeaves: 31,
  maxDepth: 32,
  maxBins: 255,
  binSampleRows: 200_000,
  l1Regularization: 0,
  l2Regularization: 1,
  minChildWeight: 0.001,
  minSplitGain: 0,
  rowFraction: 1,
  featureFraction: 1,
  monotone: {},
  categorical: [],
  categoricalSmoothing: 10,
  earlyStoppingTrees: 0,
  constantFeatures: 'reject',
  seed: 1,
} as const;

type Range = readonly [least: number, most: number, whole: boolean, what: string];

const RANGES: Readonly<Record<string, Range>> = {
  treeCount: [1, 100_000, true, 'a whole number from 1'],
  learningRate: [1e-6, 10, false, 'a number from 0.000001 to 10'],
  maxLeaves: [2, 4096, true, 'a whole number from 2 to 4096'],
  maxDepth: [1, 64, true, 'a whole number from 1 to 64'],
  maxBins: [2, 255, true, 'a whole number from 2 to 255'],
  binSampleRows: [1, 2 ** 31, true, 'a whole number from 1'],
  l1Regularization: [0, 1e30, false, 'a number ≥ 0'],
  l2Regularization: [0, 1e30, false, 'a number ≥ 0'],
  minChildWeight: [0, 1e30, false, 'a number ≥ 0'],
  minSplitGain: [0, 1e30, false, 'a number ≥ 0'],
  rowFraction: [1e-9, 1, false, 'a number in (0, 1]'],
  featureFraction: [1e-9, 1, false, 'a number in (0, 1]'],
  categoricalSmoothing: [0, 1e30, false, 'a number ≥ 0'],
  earlyStoppingTrees: [0, 100_000, true, 'a whole number ≥ 0'],
  seed: [0, 4294967295, true, 'a whole number below 2^32'],
};

/**
 * Fills in defaults and checks every field.
 *
 * @throws {MatineeError} `BAD_CONFIG` naming the field, the value and the allowed range; unknown fields are errors.
 */
export function completeConfig(config: GbdtConfig, featureNames: readonly string[]): CompleteConfig {
  for (const key of Object.keys(config)) {
    if (key !== 'objective' && !(key in DEFAULTS)) {
      throw badConfig(`unknown field "${key}"; known: objective, ${Object.keys(DEFAULTS).join(', ')}`);
    }
  }
  const complete = { ...DEFAULTS, ...config, objective: completeObjective(config.objective) };
  for (const [field, [least, most, whole, what]] of Object.entries(RANGES)) {
    const value = complete[field as keyof typeof DEFAULTS] as unknown;
    const fits = typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value));
    if (!fits) throw badConfig(`${field} is ${String(value)}; it must be ${what}`);
  }
  if (complete.constantFeatures !== 'reject' && complete.constantFeatures !== 'ignore') {
    throw badConfig(`constantFeatures is "${String(complete.constantFeatures)}"; it must be "reject" or "ignore"`);
  }
  checkNames('categorical', complete.categorical, featureNames);
  checkNames('monotone', Object.keys(complete.monotone), featureNames);
  for (const [name, direction] of Object.entries(complete.monotone)) {
    if (direction !== 1 && direction !== -1) throw badConfig(`monotone.${name} is ${direction}; it must be 1 or -1`);
    if (complete.categorical.includes(name)) {
      throw badConfig(`"${name}" is both categorical and monotone; categories have no order to follow`);
    }
  }
  return complete;
}

function completeObjective(objective: Objective | undefined): Required<Objective> {
  switch (objective?.kind) {
    case 'logistic':
    case 'squared-error':
      return objective;
    case 'lambdamart': {
      const complete = { truncation: 10, sigma: 1, labelGains: 'exponential' as const, ...objective };
      if (!(Number.isInteger(complete.truncation) && complete.truncation >= 1)) {
        throw badConfig(`objective.truncation is ${complete.truncation}; it must be a whole number from 1`);
      }
      if (!(complete.sigma > 0 && Number.isFinite(complete.sigma))) {
        throw badConfig(`objective.sigma is ${complete.sigma}; it must be a positive number`);
      }
      return complete;
    }
    default:
      throw badConfig(
        `objective.kind is ${JSON.stringify((objective as { kind?: unknown } | undefined)?.kind)}; it must be "logistic", "squared-error" or "lambdamart"`,
      );
  }
}

function checkNames(field: string, names: readonly string[], featureNames: readonly string[]): void {
  for (const name of names) {
    if (!featureNames.includes(name)) {
      throw badConfig(`${field} names "${name}", which is not a feature; features: ${featureNames.join(', ')}`);
    }
  }
}

function badConfig(message: string): MatineeError {
  return new MatineeError('BAD_CONFIG', message);
}
