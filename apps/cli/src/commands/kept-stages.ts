import path from 'node:path';
import { openStageKeeper } from '@matinee/adapters/files';
import { type Dataset, type Split, type StageKeeper, sortedJson } from '@matinee/models';
import type { Workspace } from '../workspace.ts';
import { hashSourceCode } from './evaluate-code-version.ts';
import type { ProtocolOptions } from './evaluate-options.ts';

/**
 * Where the steps of a training keep their results: below the home, told apart by code, data and options.
 *
 * @param options What else decides the training data and the draws: protocol, filters, confidence rule, seed.
 */
export async function openKeptStages(workspace: Workspace, dataset: Dataset, options: object): Promise<StageKeeper> {
  const code = await hashSourceCode();
  return openStageKeeper(
    path.join(workspace.home, 'cache', 'stages'),
    sortedJson({ code, data: dataset.hash, options: { ...options } }),
  );
}

/** What tells the training data of a protocol's test, or of its validation, from others: for {@link openKeptStages}. */
export function keptStagesOf(
  { protocol, protocolConfig, confidence, filter, seed }: ProtocolOptions,
  { protocolVersion }: Pick<Split, 'protocolVersion'>,
  side: 'validation' | 'test',
): object {
  const cut = { protocol, version: protocolVersion, protocolConfig, confidence, filter, seed };
  // The test's side came first, without a name: what is kept of it stays where it is.
  return side === 'test' ? cut : { ...cut, side };
}
