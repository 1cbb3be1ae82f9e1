import type { Split } from '@matinee/models/splits';
import type { ProtocolOptions } from '../protocol/protocol-options.ts';

/**
 * What tells the training data of a protocol's test, or of its validation, from others: for `openStageCache`. That of the
 * test is what `matinee evaluate` keeps its steps under, so that either command finds what the other fitted.
 */
export function stageCacheOptions(
  { protocol, protocolConfig, confidence, filter, seed }: ProtocolOptions,
  { protocolVersion }: Pick<Split, 'protocolVersion'>,
  side: 'validation' | 'test',
): object {
  const cut = { protocol, version: protocolVersion, protocolConfig, confidence, filter, seed };
  return side === 'test' ? cut : { ...cut, side };
}
