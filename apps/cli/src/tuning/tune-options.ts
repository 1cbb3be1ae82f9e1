import { MODEL_FAMILIES } from '@matinee/models/generations';
import { TUNING_METRICS } from '@matinee/models/tuning';
import { MatineeError } from '@matinee/numerics';
import {
  type ProtocolArguments,
  type ProtocolOptions,
  parseCount,
  parseProtocolOptions,
  requireOneOf,
} from '../protocol/protocol-options.ts';

/** The options of `matinee tune`, checked. */
export interface TuneOptions extends ProtocolOptions {
  readonly model: keyof typeof MODEL_FAMILIES;
  readonly metric: string;
  /** No trial starts once all trials together took so many milliseconds, those of earlier runs included. */
  readonly budgetMs: number | undefined;
  /** Maximum number of trials, those of earlier runs included. */
  readonly trialCount: number | undefined;
  readonly requestTime: boolean;
  readonly threadCount: number | undefined;
  readonly resampleCount: number;
}

/** The arguments as the command line gives them. */
export interface TuneArguments extends ProtocolArguments {
  readonly model?: string | undefined;
  readonly metric: string;
  readonly budget?: string | undefined;
  readonly trials?: string | undefined;
  readonly 'request-time': boolean;
  readonly threads?: string | undefined;
  readonly resamples: string;
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** @throws {MatineeError} `BAD_ARGUMENT` naming the option and what it takes. */
export function parseTuneOptions(args: TuneArguments): TuneOptions {
  const models = Object.keys(MODEL_FAMILIES);
  if (args.model === undefined) throw new MatineeError('BAD_ARGUMENT', `--model takes one of: ${models.join(', ')}`);
  requireOneOf('--model', args.model, models);
  requireOneOf('--metric', args.metric, TUNING_METRICS);
  if (args.budget === undefined && args.trials === undefined) {
    throw new MatineeError('BAD_ARGUMENT', 'set an end: --budget takes a time (90s, 20m, 2h), --trials a number');
  }
  return {
    ...parseProtocolOptions(args),
    model: args.model as keyof typeof MODEL_FAMILIES,
    metric: args.metric,
    budgetMs: args.budget === undefined ? undefined : parseDuration('--budget', args.budget),
    trialCount: args.trials === undefined ? undefined : parseCount('--trials', args.trials, 1),
    requestTime: args['request-time'],
    threadCount: args.threads === undefined ? undefined : parseCount('--threads', args.threads, 1),
    resampleCount: parseCount('--resamples', args.resamples, 1),
  };
}

/** Converts `90s`, `20m` or `1.5h` to milliseconds. */
function parseDuration(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const milliseconds = Number(number) * (UNIT_MS[unit as keyof typeof UNIT_MS] ?? Number.NaN);
  if (!(milliseconds > 0)) {
    throw new MatineeError('BAD_ARGUMENT', `${option} takes a time such as 90s, 20m or 2h; got "${text}"`);
  }
  return milliseconds;
}
