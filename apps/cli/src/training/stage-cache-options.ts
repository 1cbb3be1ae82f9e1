import type { Split } from '@matinee/models/splits';
import type { ProtocolOptions } from '../protocol/protocol-options.ts';

/**
 * Returns what identifies the training data before a protocol's test or validation, for `openStageCache`. All commands
 * that fit before the test use the same options, so that each finds the stages that another one cached.
 */
export function stageCacheOptions(
  { protocol, protocolConfig, confidence, filter, seed }: ProtocolOptions,
  { protocolVersion }: Pick<Split, 'protocolVersion'>,
  side: 'validation' | 'test',
): object {
  const cut = { protocol, version: protocolVersion, protocolConfig, confidence, filter, seed };
  return side === 'test' ? cut : { ...cut, side };
}
