import { createRandom, type Random } from '@matinee/numerics';
import { sortedJson } from '../artifacts/artifact-bytes.ts';
import { proposeByDensities } from './parzen-estimator.ts';
import { mapDimensions, type SearchSpace, sampleValues, type TrialValues } from './search-space.ts';

/** Where the values of a trial come from. */
type TrialOrigin = 'defaults' | 'random' | 'model' | 'promoted';

/** One configuration to try. */
export interface TrialPlan {
  /** From 1, in the order of trying. */
  readonly number: number;
  readonly origin: TrialOrigin;
  readonly values: TrialValues;
  /** Epochs to train; absent for models that are not trained in epochs. */
  readonly epochs?: number;
}

/** What the search needs to know of a trial that is over. */
export interface TriedTrial extends TrialPlan {
  /** Higher is better; absent for a trial that failed. */
  readonly metric?: { readonly value: number };
}

/** All that decides which trial comes next, beside the trials that are over. */
export interface TuningPlan {
  readonly space: SearchSpace;
  /** The values of the defaults, which are tried first. */
  readonly defaults: TrialValues;
  readonly seed: number;
  /** Ascending; the last is the number of the defaults. Empty for models that are not trained in epochs. */
  readonly epochSteps: readonly number[];
}

/** One in this many trials at a number of epochs continues with the next number. */
const REDUCTION = 3;
/** One in this many trials stays random, so that a wrong model of the space is corrected. */
const RANDOM_EVERY = 4;
/** Draws before a space counts as tried out. */
const MAX_DRAWS = 100;

/** Trials at a ninth and a third of the epochs come before those at all of them. */
export function epochStepsOf(maxEpochs: number): readonly number[] {
  const steps = [maxEpochs / REDUCTION ** 2, maxEpochs / REDUCTION, maxEpochs].map(Math.ceil);
  return [...new Set(steps)];
}

/**
 * What to try next: a function of what was tried, so that a search that was stopped goes on as if it had not been.
 *
 * 1. The defaults, in full: what everything is compared with.
 * 2. Models that are trained in epochs: whichever is among the best third at its number of epochs, and has not gone on
 *    yet, is trained anew with three times as many (asynchronous successive halving with one worker). Anew, because the
 *    learning rate falls to the end of a training: the first epochs of a long one are no short one.
 * 3. A new configuration: random at first (2 + dimensions, 6 at least), then by {@link proposeByDensities} from the
 *    trials at the highest number of epochs that has as many; every fourth stays random.
 *
 * @returns `undefined` when chance finds nothing new: all of a small space was tried.
 * @see Bergstra & Bengio (2012), Random search for hyper-parameter optimization, JMLR 13; Li et al. (2020), A system
 * for massively parallel hyperparameter tuning, MLSys (ASHA); Falkner, Klein & Hutter (2018), BOHB, ICML (the two
 * together).
 */
export function proposeTrial(plan: TuningPlan, tried: readonly TriedTrial[]): TrialPlan | undefined {
  const { space, defaults, seed, epochSteps } = plan;
  const number = tried.length + 1;
  if (number === 1) return { number, origin: 'defaults', values: defaults, ...epochsAt(epochSteps.at(-1)) };
  const promoted = findPromotion(epochSteps, tried);
  if (promoted) return { number, origin: 'promoted', ...promoted };
  const known = new Set(tried.map(({ values }) => sortedJson(values)));
  const random = createRandom(seed).fork(`trial ${number}`);
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const { origin, values } = drawValues(space, tried, epochSteps, number, random.fork(`draw ${draw}`));
    if (!known.has(sortedJson(values))) return { number, origin, values, ...epochsAt(epochSteps[0]) };
  }
  return undefined;
}

function drawValues(
  space: SearchSpace,
  tried: readonly TriedTrial[],
  epochSteps: readonly number[],
  number: number,
  random: Random,
): { readonly origin: TrialOrigin; readonly values: TrialValues } {
  const enough = Math.max(6, 2 + Object.keys(space.dimensions).length);
  const steps: readonly (number | undefined)[] = epochSteps.length === 0 ? [undefined] : [...epochSteps].reverse();
  const best = steps
    .map((epochs) => doneAt(tried, epochs))
    .find((trials) => trials.filter(({ origin }) => origin !== 'defaults').length >= enough);
  if (best === undefined || number % RANDOM_EVERY === 0) {
    return { origin: 'random', values: sampleValues(space, random) };
  }
  const observations = best.map(({ values, metric }) => ({ values, metric: metric.value }));
  return { origin: 'model', values: proposeByDensities(space, observations, random) };
}

/** From the most epochs down, the best trial that has earned more of them. */
function findPromotion(
  epochSteps: readonly number[],
  tried: readonly TriedTrial[],
): Pick<TrialPlan, 'values' | 'epochs'> | undefined {
  for (let step = epochSteps.length - 2; step >= 0; step--) {
    const done = doneAt(tried, epochSteps[step]);
    const ranked = [...done].sort((a, b) => b.metric.value - a.metric.value || a.number - b.number);
    const next = epochSteps[step + 1];
    const gone = new Set(tried.filter(({ epochs }) => epochs === next).map(({ values }) => sortedJson(values)));
    const chosen = ranked
      .slice(0, Math.floor(ranked.length / REDUCTION))
      .find(({ values }) => !gone.has(sortedJson(values)));
    if (chosen) return { values: chosen.values, epochs: next };
  }
  return undefined;
}

type DoneTrial = TriedTrial & { readonly metric: { readonly value: number } };

function doneAt(tried: readonly TriedTrial[], epochs: number | undefined): readonly DoneTrial[] {
  return tried.filter((trial): trial is DoneTrial => trial.metric !== undefined && trial.epochs === epochs);
}

function epochsAt(epochs: number | undefined): { epochs?: number } {
  return epochs === undefined ? {} : { epochs };
}

/** The values that the defaults have where the search goes. */
export function valuesOfDefaults(
  { dimensions }: SearchSpace,
  read: (field: string) => TrialValues[string] | undefined,
): TrialValues {
  return mapDimensions(dimensions, (_, field) => read(field) as TrialValues[string]);
}
