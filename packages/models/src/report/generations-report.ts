import type { CandidateRecall } from '../candidates/candidate-recall.ts';
import {
  averageBootstraps,
  type Bootstrap,
  type Estimate,
  estimate,
  type PairedDifference,
  pairedDifference,
  pairedLift,
} from '../evaluation/bootstrap.ts';
import { withCorrectedPValues } from '../evaluation/holm.ts';
import type { DiversityPoint } from './diversity-curve.ts';
import type { EvaluationReport, ModelUnderTest } from './evaluation-report.ts';

/** The cost of one step of a training. */
export interface StageCost {
  readonly name: string;
  /** Milliseconds when computed. */
  readonly ms: number;
  /** Size of the cached result, bytes. */
  readonly bytes: number;
}

/** A generation and the steps of its training. */
interface GenerationUnderTest extends ModelUnderTest {
  readonly stages: readonly StageCost[];
}

/** The last generation without one part, trained and evaluated again. */
export interface AblatedModel extends ModelUnderTest {
  readonly removed: string;
  readonly kind: 'source' | 'features';
}

export interface GenerationsUnderTest {
  /** In order; at least one. */
  readonly generations: readonly GenerationUnderTest[];
  /** The same generations trained with other seeds, with the same resamples. */
  readonly fromFurtherSeeds: readonly { readonly seed: number; readonly generations: readonly ModelUnderTest[] }[];
  /** The last generation's sources, each evaluated alone. */
  readonly sources: readonly ModelUnderTest[];
  readonly ablations: readonly AblatedModel[];
  /** Candidate recall of the last generation's sources. */
  readonly ceilings: readonly CandidateRecall[];
  /** Cost of re-ordering the last generation's lists, by strength. */
  readonly diversity: readonly DiversityPoint[];
}

/** A comparison that is shown with others: only the corrected p-value supports a claim that is picked from them. */
interface Corrected {
  /** The p-value, corrected for the number of comparisons in the same table (Holm). */
  readonly correctedPValue: number;
}

/** `model` against `against` on one metric. */
interface GenerationStep extends Corrected {
  readonly model: string;
  readonly against: string;
  readonly metric: string;
  readonly difference: PairedDifference;
  /** Relative to `against`. */
  readonly lift: PairedDifference;
}

/**
 * The generations as means over several seeds. Intervals hold the spread between users and that between seeds: they are
 * about the method, where those of a single seed are about that one training.
 */
interface MeanOfSeeds {
  readonly seeds: readonly number[];
  readonly generations: readonly {
    readonly name: string;
    /** By step metric. */
    readonly metrics: Readonly<Record<string, Estimate>>;
  }[];
  readonly steps: readonly GenerationStep[];
}

/** How the generations compare, as written to `report.json` beside the evaluation of each. */
export interface GenerationsReport {
  readonly format: 'matinee-generations';
  readonly version: 1;
  /** Every generation against the one before it, both trained from the evaluation's seed alone. */
  readonly steps: readonly GenerationStep[];
  /** Present if trained with more than one seed. */
  readonly meanOfSeeds?: MeanOfSeeds;
  /** The last generation against each of its sources alone. */
  readonly overSources: readonly (Corrected & {
    readonly source: string;
    readonly value: number;
    readonly gain: PairedDifference;
  })[];
  /** Change of the last generation without one part: negative = the part helps. */
  readonly ablations: readonly (Corrected & {
    readonly removed: string;
    readonly kind: AblatedModel['kind'];
    readonly value: number;
    readonly effect: PairedDifference;
  })[];
  readonly costs: readonly {
    readonly generation: string;
    readonly fitMs: number;
    readonly msPerQuery: number;
    readonly stages: readonly StageCost[];
  }[];
  /** Sources, then their union and the blend. */
  readonly ceilings: readonly CandidateRecall[];
  readonly diversity: readonly DiversityPoint[];
  readonly evaluation: EvaluationReport;
}

/** The metrics on which each generation is compared with the one before. */
export const STEP_METRICS = ['recall@10', 'recall@20', 'recall@50', 'ndcg@10', 'ndcg@20', 'ndcg@50'] as const;
/** The metric of all other comparisons. */
export const MAIN_METRIC = 'ndcg@10';

/** Builds the comparison, with intervals over the users of the evaluation, and of several seeds over these as well. */
export function compareGenerations(
  { generations, fromFurtherSeeds, sources, ablations, ceilings, diversity }: GenerationsUnderTest,
  evaluation: EvaluationReport,
): GenerationsReport {
  const last = generations[generations.length - 1];
  return {
    format: 'matinee-generations',
    version: 1,
    steps: stepsBetween(
      generations.map(({ name, evaluation: { bootstraps } }) => ({ name, bootstrap: bootstraps.all })),
    ),
    ...(fromFurtherSeeds.length > 0 && {
      meanOfSeeds: averageSeeds([{ seed: evaluation.seed, generations }, ...fromFurtherSeeds]),
    }),
    overSources: withCorrectedPValues(
      sources
        .map((source) => ({ source: source.name, value: mainOf(source), gain: gainOf(last, source) }))
        .sort((a, b) => b.value - a.value),
      ({ gain }) => gain.pValue,
    ),
    ablations: withCorrectedPValues(
      ablations.map((ablated) => ({
        removed: ablated.removed,
        kind: ablated.kind,
        value: mainOf(ablated),
        effect: gainOf(ablated, last),
      })),
      ({ effect }) => effect.pValue,
    ),
    costs: generations.map(({ name, fitMs, rankMs, stages, evaluation: { all } }) => ({
      generation: name,
      fitMs,
      msPerQuery: rankMs / all.queryCount,
      stages,
    })),
    ceilings,
    diversity,
    evaluation,
  };
}

interface NamedBootstrap {
  readonly name: string;
  readonly bootstrap: Bootstrap;
}

function stepsBetween(generations: readonly NamedBootstrap[]): readonly GenerationStep[] {
  const steps = generations.slice(1).flatMap((model, index) =>
    STEP_METRICS.map((metric) => {
      const against = generations[index];
      const difference = pairedDifference(model.bootstrap, against.bootstrap, metric);
      const lift = pairedLift(model.bootstrap, against.bootstrap, metric);
      return { model: model.name, against: against.name, metric, difference, lift };
    }),
  );
  return withCorrectedPValues(steps, ({ difference }) => difference.pValue);
}

function averageSeeds(fits: GenerationsUnderTest['fromFurtherSeeds']): MeanOfSeeds {
  const averaged = fits[0].generations.map(({ name }, index) => ({
    name,
    bootstrap: averageBootstraps(fits.map(({ generations }) => generations[index].evaluation.bootstraps.all)),
  }));
  return {
    seeds: fits.map(({ seed }) => seed),
    generations: averaged.map(({ name, bootstrap }) => ({
      name,
      metrics: Object.fromEntries(STEP_METRICS.map((metric) => [metric, estimate(bootstrap, metric)])),
    })),
    steps: stepsBetween(averaged),
  };
}

function gainOf(a: ModelUnderTest, b: ModelUnderTest): PairedDifference {
  return pairedDifference(a.evaluation.bootstraps.all, b.evaluation.bootstraps.all, MAIN_METRIC);
}

function mainOf({ evaluation }: ModelUnderTest): number {
  return evaluation.all.metrics[MAIN_METRIC].value;
}
