import os from 'node:os';
import type { Dataset } from '@matinee/models/data';
import type { EvaluationReport, EvaluationSetting } from '@matinee/models/report';
import type { Split } from '@matinee/models/splits';
import type { EvaluateOptions } from './protocol-options.ts';

/** The setting of an evaluation, which is reported with every number. */
export function describeSetting(
  dataset: Dataset,
  split: Split,
  { confidence, filter, seed, resampleCount }: EvaluateOptions,
  codeVersion: string,
  command: string,
): EvaluationSetting {
  return {
    dataset: describeDataset(dataset, split),
    preparation: { confidence, ...filter },
    seed,
    resampleCount,
    codeVersion,
    machine: describeMachine(),
    createdAt: new Date().toISOString(),
    command,
  };
}

/** The command line that repeats a run. */
export function describeCommand(
  command: string,
  data: string | undefined,
  options: EvaluateOptions,
  own: readonly (readonly [string, unknown])[],
): string {
  const { filter, protocolConfig } = options;
  const targets = [protocolConfig['targets'], protocolConfig['hits'] === 'positive' ? 'positive' : undefined];
  const named: (readonly [string, unknown])[] = [
    ['data', data],
    ...own,
    ['protocol', options.protocol],
    ['targets', targets.filter((part) => part !== undefined).join(',') || undefined],
    ['max-history', protocolConfig['maxHistory']],
    ['confidence', options.confidence],
    ['min-item-count', filter.minItemCount || undefined],
    ['min-user-count', filter.minUserCount || undefined],
    ['seed', options.seed],
    ['resamples', options.resampleCount],
  ];
  const parts = named.filter(([, value]) => value !== undefined).map(([name, value]) => `--${name} ${String(value)}`);
  const flags = [
    ...(filter.positiveOnly ? ['--positive-only'] : []),
    ...(options.requestTime ? [] : ['--no-request-time']),
  ];
  return [`matinee ${command}`, ...parts, ...flags].join(' ');
}

/** Counts users and items after the filters, since only these take part. */
function describeDataset({ name, hash }: Dataset, { counts, test }: Split): EvaluationReport['dataset'] {
  const users = new Set(test.train.userIndices);
  for (const { userIndex } of test.queries) users.add(userIndex);
  return {
    name,
    hash,
    userCount: users.size,
    itemCount: test.availableFrom.filter((from) => from < Number.POSITIVE_INFINITY).length,
    interactionCount: counts['interactions'] ?? 0,
  };
}

function describeMachine(): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus.length} × ${cpus[0]?.model.trim() ?? 'unknown processor'}, ${memory} GiB, Node ${process.version}, ${os.platform()}`;
}
