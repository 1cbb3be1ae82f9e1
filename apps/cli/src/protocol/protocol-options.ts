import { CONFIDENCE_PRESETS } from '@matinee/models/data';
import { MODEL_FAMILIES } from '@matinee/models/generations';
import { type InteractionFilter, PROTOCOLS } from '@matinee/models/splits';
import { MatineeError } from '@matinee/numerics';

/** Which interactions take part and how they are split: shared by every command that fits before a test. */
export interface ProtocolOptions {
  readonly protocol: string;
  readonly protocolConfig: Readonly<Record<string, unknown>>;
  readonly confidence: keyof typeof CONFIDENCE_PRESETS;
  readonly filter: InteractionFilter;
  readonly seed: number;
}

/** The options of `matinee evaluate`, checked. */
export interface EvaluateOptions extends ProtocolOptions {
  readonly models: readonly string[];
  /** Whether generations may read the request time. */
  readonly requestTime: boolean;
  /** Threads for the native parts of a fit; one per core when undefined. */
  readonly threadCount: number | undefined;
  readonly resampleCount: number;
  /** The same seed for everything that is compared. */
  readonly resampleSeed: number;
}

/** The options of {@link ProtocolOptions} as citty declares them. */
export const protocolArguments = {
  targets: { type: 'string', description: 'last or successive (temporal); positive: only positive events are targets' },
  'max-history': {
    type: 'string',
    description: 'leave-one-out: the number of interactions to keep of each user before the target',
  },
  confidence: {
    type: 'string',
    description: `How events are weighed: ${Object.keys(CONFIDENCE_PRESETS).join(' or ')}`,
    default: 'every-interaction',
  },
  'min-item-count': { type: 'string', description: 'Leave out items with fewer interactions', default: '0' },
  'min-user-count': { type: 'string', description: 'Then leave out users with fewer interactions', default: '0' },
  'positive-only': {
    type: 'boolean',
    description: 'First leave out interactions that are not positive',
    default: false,
  },
} as const;

/** The option of {@link EvaluateOptions.requestTime} as citty declares it. */
export const requestTimeArgument = {
  'request-time': {
    type: 'boolean',
    description: 'Let generations read the request time',
    negativeDescription: 'Hide it, as published figures for leave-one-out do',
    default: true,
  },
} as const;

/** The arguments as the command line gives them. */
export interface ProtocolArguments {
  readonly protocol: string;
  readonly targets?: string | undefined;
  readonly 'max-history'?: string | undefined;
  readonly confidence: string;
  readonly 'min-item-count': string;
  readonly 'min-user-count': string;
  readonly 'positive-only': boolean;
  readonly seed: string;
}

/** The arguments of `matinee evaluate`. */
export interface EvaluateArguments extends ProtocolArguments {
  readonly models: string;
  readonly threads?: string | undefined;
  readonly resamples: string;
  readonly 'request-time': boolean;
}

/** @throws {MatineeError} `BAD_ARGUMENT` naming the option and what it takes. */
export function parseProtocolOptions(args: ProtocolArguments): ProtocolOptions {
  requireOneOf('--protocol', args.protocol, Object.keys(PROTOCOLS));
  requireOneOf('--confidence', args.confidence, Object.keys(CONFIDENCE_PRESETS));
  return {
    protocol: args.protocol,
    protocolConfig: {
      ...parseTargets(args.targets, args.protocol),
      ...parseMaxHistory(args['max-history'], args.protocol),
    },
    confidence: args.confidence as keyof typeof CONFIDENCE_PRESETS,
    filter: {
      minItemCount: parseCount('--min-item-count', args['min-item-count'], 0),
      minUserCount: parseCount('--min-user-count', args['min-user-count'], 0),
      positiveOnly: args['positive-only'],
    },
    seed: parseCount('--seed', args.seed, 0),
  };
}

/** @throws {MatineeError} `BAD_ARGUMENT` naming the option and what it takes. */
export function parseEvaluateOptions(args: EvaluateArguments): EvaluateOptions {
  const names = Object.keys(MODEL_FAMILIES);
  const models = args.models === 'all' ? names : splitNames(args.models);
  for (const model of models) requireOneOf('--models', model, [...names, 'all']);
  if (models.length === 0) throw new MatineeError('BAD_ARGUMENT', '--models names no model');
  const protocol = parseProtocolOptions(args);
  return {
    ...protocol,
    models: [...new Set(models)],
    requestTime: args['request-time'],
    threadCount: args.threads === undefined ? undefined : parseCount('--threads', args.threads, 1),
    resampleCount: parseCount('--resamples', args.resamples, 1),
    resampleSeed: protocol.seed,
  };
}

/**
 * Reads the option `--further-seeds`.
 *
 * @param text Seeds joined by commas, or undefined for none.
 * @throws {MatineeError} `BAD_ARGUMENT` for anything that is not a seed, for a seed that is named twice, and under a
 *   protocol that draws its queries from the seed, since fits from several seeds would then have different queries.
 */
export function parseFurtherSeeds(
  text: string | undefined,
  { seed, protocol }: Pick<ProtocolOptions, 'seed' | 'protocol'>,
): readonly number[] {
  if (text !== undefined && protocol === 'strong-generalisation') {
    throw new MatineeError(
      'BAD_ARGUMENT',
      `--further-seeds does not go with --protocol ${protocol}, whose split is drawn from --seed; run each seed by itself`,
    );
  }
  const seeds = splitNames(text ?? '').map((name) => parseCount('--further-seeds', name, 0));
  if (new Set([seed, ...seeds]).size <= seeds.length) {
    throw new MatineeError('BAD_ARGUMENT', `--further-seeds names a seed twice, or that of --seed (${seed})`);
  }
  return seeds;
}

/** Reads `last`, `successive` and `positive` in any valid combination; the protocol checks the rest. */
function parseTargets(targets: string | undefined, protocol: string): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const word of splitNames(targets ?? '')) {
    requireOneOf('--targets', word, ['last', 'successive', 'positive']);
    if (word === 'positive') config['hits'] = 'positive';
    else if (protocol !== 'temporal') {
      throw new MatineeError(
        'BAD_ARGUMENT',
        `--targets ${word} belongs to --protocol temporal; ${protocol} fixes its targets`,
      );
    } else if (config['targets'] !== undefined) {
      throw new MatineeError('BAD_ARGUMENT', '--targets takes last or successive, not both');
    } else config['targets'] = word;
  }
  return config;
}

function parseMaxHistory(text: string | undefined, protocol: string): Record<string, unknown> {
  if (text === undefined) return {};
  if (protocol !== 'leave-one-out') {
    throw new MatineeError('BAD_ARGUMENT', '--max-history belongs to --protocol leave-one-out');
  }
  return { maxHistory: parseCount('--max-history', text, 0) };
}

export function splitNames(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

export function requireOneOf(option: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new MatineeError('BAD_ARGUMENT', `${option}: "${value}" is none of: ${allowed.join(', ')}`);
  }
}

export function parseCount(option: string, text: string, least: number): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(count) || count < least || count > 4294967295) {
    throw new MatineeError('BAD_ARGUMENT', `${option} takes a whole number from ${least} up; got "${text}"`);
  }
  return count;
}
