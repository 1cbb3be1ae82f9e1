import { MatineeError } from '@matinee/numerics';
import { leaveOneOutProtocol } from './leave-one-out.ts';
import type { Split, SplitInput } from './split.ts';
import { strongGeneralisationProtocol } from './strong-generalisation.ts';
import { temporalProtocol } from './temporal.ts';
import { userHoldoutPerUserProtocol } from './user-holdout-per-user.ts';

/** Every protocol by name; the first is the default. */
export const PROTOCOLS = {
  temporal: temporalProtocol,
  'leave-one-out': leaveOneOutProtocol,
  'strong-generalisation': strongGeneralisationProtocol,
  'user-holdout-per-user': userHoldoutPerUserProtocol,
} as const;

export type ProtocolName = keyof typeof PROTOCOLS;

/**
 * Splits `input` by the protocol of that name.
 *
 * @throws {MatineeError} `BAD_CONFIG` for an unknown protocol or field; `EMPTY_SPLIT` when no query is left.
 */
export function createSplit(
  protocol: string,
  input: SplitInput,
  config: Readonly<Record<string, unknown>> = {},
): Split {
  if (!Object.hasOwn(PROTOCOLS, protocol)) {
    throw new MatineeError('BAD_CONFIG', `no protocol "${protocol}"; there are: ${Object.keys(PROTOCOLS).join(', ')}`);
  }
  // The protocol checks every field itself, so an untyped config is safe to pass.
  return PROTOCOLS[protocol as ProtocolName].split(input, config as never);
}
