import { type Bootstrap, type PairedDifference, pairedDifference } from '../evaluation/bootstrap.ts';
import type { Evaluation } from '../evaluation/evaluate.ts';
import { withCorrectedPValues } from '../evaluation/holm.ts';
import { CUTOFFS } from '../evaluation/measure.ts';
import type { Split } from '../splits/split.ts';

/** The protocol, data and settings of an evaluation, printed with its numbers. */
export interface EvaluationSetting {
  readonly dataset: {
    readonly name: string;
    readonly hash: string;
    readonly userCount: number;
    readonly itemCount: number;
    readonly interactionCount: number;
  };
  /** Filters before splitting, and the rule that derives interactions from events. */
  readonly preparation: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly resampleCount: number;
  readonly codeVersion: string;
  readonly machine: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Command that repeats the evaluation. */
  readonly command: string;
}

export interface ModelUnderTest {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Milliseconds; of the run that fitted the model, if the lists were cached. */
  readonly fitMs: number;
  readonly rankMs: number;
  readonly evaluation: Evaluation;
}

/** `model` minus `against`, on the same queries. Intervals are over users: they are about these trainings. */
interface ModelDifference extends PairedDifference {
  readonly model: string;
  readonly against: string;
  readonly metric: string;
  /** The p-value, corrected for the number of differences in the report (Holm). */
  readonly correctedPValue: number;
}

/** The content of a report, as written to `report.json`. Undefined numbers are `null` there. */
export interface EvaluationReport extends EvaluationSetting {
  readonly format: 'matinee-evaluation';
  readonly version: 1;
  readonly protocol: {
    readonly name: string;
    readonly version: number;
    readonly config: Readonly<Record<string, unknown>>;
    readonly recallOver: string;
    readonly ranking: string;
    readonly tieRule: string;
    readonly leaks: readonly string[];
    readonly notes: readonly string[];
    readonly counts: Readonly<Record<string, number>>;
  };
  readonly cutoffs: readonly number[];
  readonly models: readonly (Omit<ModelUnderTest, 'evaluation'> & Omit<Evaluation, 'bootstraps'>)[];
  /** Differences of every model from each model above it. */
  readonly differences: readonly ModelDifference[];
}

/** The metrics on which models are compared pairwise. */
const COMPARED_METRICS = ['hr@10', 'ndcg@10', 'recall@50', 'recall@100'] as const;

/** What a report says of its protocol. */
export type ReportedProtocol = Omit<Split, 'validation' | 'test'>;

/**
 * Builds a report.
 *
 * @param models In display order; each is compared with those above it.
 */
export function createReport(
  setting: EvaluationSetting,
  split: ReportedProtocol,
  models: readonly ModelUnderTest[],
): EvaluationReport {
  return {
    format: 'matinee-evaluation',
    version: 1,
    ...setting,
    protocol: {
      name: split.protocol,
      version: split.protocolVersion,
      config: split.config,
      recallOver: split.recallOver,
      ranking: 'full catalogue, no sampled negatives, items of the history left out',
      tieRule: 'equal scores: lower item index first; equal timestamps: by a hash of user and item',
      leaks: split.leaks,
      notes: split.notes,
      counts: split.counts,
    },
    cutoffs: CUTOFFS,
    // Field by field, because callers pass objects with more fields (lists) that are not part of a report.
    models: models.map(({ name, config, fitMs, rankMs, evaluation: { bootstraps: _, ...measured } }) => ({
      name,
      config,
      fitMs,
      rankMs,
      ...measured,
    })),
    differences: withCorrectedPValues(
      models.flatMap((model, index) => models.slice(0, index).flatMap((against) => compare(model, against))),
      ({ pValue }) => pValue,
    ),
  };
}

function compare(model: ModelUnderTest, against: ModelUnderTest): Omit<ModelDifference, 'correctedPValue'>[] {
  const bootstrapOf = ({ evaluation }: ModelUnderTest): Bootstrap => evaluation.bootstraps.all;
  return COMPARED_METRICS.map((metric) => ({
    model: model.name,
    against: against.name,
    metric,
    ...pairedDifference(bootstrapOf(model), bootstrapOf(against), metric),
  }));
}

/** `temporal, version 1 (targets last), 1,209 queries of 1,209 users`: the protocol in one line, for captions. */
export function describeProtocol({ protocol, models }: EvaluationReport): string {
  const config = Object.entries(protocol.config).map(([field, value]) => `${field} ${String(value)}`);
  const queries = models[0]?.all;
  const countText =
    queries === undefined
      ? ''
      : `, ${formatCount(queries.queryCount)} queries of ${formatCount(queries.userCount)} users`;
  const leaks = protocol.leaks.length === 0 ? '' : ', leaky';
  return `${protocol.name}, version ${protocol.version} (${config.join(', ')})${leaks}${countText}, full ranking`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** `.0715`, `1.0000`; `–` for an undefined number. */
export function formatShare(value: number): string {
  if (Number.isNaN(value)) return '–';
  const text = value.toFixed(4);
  return text.startsWith('0.') ? text.slice(1) : text.replace('-0.', '−.').replace('-', '−');
}

/** `p < .001`, `p = .042`. */
export function formatPValue(pValue: number): string {
  return pValue < 0.001 ? 'p < .001' : `p = ${pValue.toFixed(3).replace(/^0/, '')}`;
}
