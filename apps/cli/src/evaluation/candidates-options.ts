import { GENERATION_NAMES, type GenerationName } from '@matinee/models/generations';
import {
  type ProtocolArguments,
  type ProtocolOptions,
  parseCount,
  parseProtocolOptions,
  requireOneOf,
} from '../protocol/protocol-options.ts';

/**
 * VAL: sources fitted on train, queries of validation. TEST: sources fitted on train and validation, queries of the
 * test.
 */
const SIDES = ['val', 'test'] as const;
export type CandidateSide = (typeof SIDES)[number];

/** The options of `matinee candidates`, checked. */
export interface CandidatesOptions extends ProtocolOptions {
  readonly generation: GenerationName;
  readonly sides: readonly CandidateSide[];
  /** Candidates per source. */
  readonly n: number;
  /** Maximum number of contributors per candidate. */
  readonly contributorCount: number;
  /** Contributors are found down to this rank. */
  readonly contributorDepth: number;
  readonly requestTime: boolean;
  /** Threads for the native parts of a fit; one per core when undefined. */
  readonly threadCount: number | undefined;
  readonly resampleCount: number;
}

/** The arguments as the command line gives them. */
export interface CandidatesArguments extends ProtocolArguments {
  readonly generation: string;
  readonly side: string;
  readonly n: string;
  readonly contributors: string;
  readonly 'contributor-depth': string;
  readonly 'request-time': boolean;
  readonly threads?: string | undefined;
  readonly resamples: string;
}

/** @throws {MatineeError} `BAD_ARGUMENT` naming the option and what it takes. */
export function parseCandidatesOptions(args: CandidatesArguments): CandidatesOptions {
  requireOneOf('--generation', args.generation, GENERATION_NAMES);
  requireOneOf('--side', args.side, [...SIDES, 'both']);
  return {
    ...parseProtocolOptions(args),
    generation: args.generation as GenerationName,
    sides: args.side === 'both' ? SIDES : [args.side as CandidateSide],
    n: parseCount('--n', args.n, 1),
    contributorCount: parseCount('--contributors', args.contributors, 0),
    contributorDepth: parseCount('--contributor-depth', args['contributor-depth'], 0),
    requestTime: args['request-time'],
    threadCount: args.threads === undefined ? undefined : parseCount('--threads', args.threads, 1),
    resampleCount: parseCount('--resamples', args.resamples, 1),
  };
}
