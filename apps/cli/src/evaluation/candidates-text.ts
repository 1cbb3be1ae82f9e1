import type { Estimate } from '@matinee/models/evaluation';
import { alignColumns } from '../terminal/align-columns.ts';
import type { CandidatesRecord } from './write-candidates.ts';

/** Recall of one side as text for a terminal, with notes on how to read it. */
export function describeRecall(record: CandidatesRecord): string {
  const { side, dataset, protocol, generation, training, recall } = record;
  const cutoffs = Object.keys(recall[0]?.recall ?? {});
  const count = (value: number): string => value.toLocaleString('en');
  const targets = protocol.config['targets'];
  return [
    `${side.toUpperCase()} side of ${dataset.name}, ${protocol.protocol}${typeof targets === 'string' ? `, ${targets}` : ''}: ${count(record.queryCount)} queries, sources of ${generation} fitted on ${count(training.interactions)} interactions until ${new Date(training.asOf * 1000).toISOString()}`,
    ...protocol.leaks.map((leak) => `! ${leak}`),
    ...alignColumns(
      [
        ['source', 'weight', ...cutoffs],
        ...recall.map((row) => [
          row.name,
          record.weights[row.name]?.toFixed(3) ?? '',
          ...cutoffs.map((cutoff) => describeEstimate(row.recall[cutoff])),
        ]),
      ],
      ['source'],
    ),
    `union@k: in the first k of any source, the ceiling for a ranker (${count(Math.round(record.meanUnionSize))} different titles per query); blend@k: in the first k of their blend. 95 % intervals over users, ${count(record.resampleCount)} resamples.`,
  ].join('\n');
}

function describeEstimate(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '';
  return `${estimate.value.toFixed(3)} [${estimate.low.toFixed(3)}, ${estimate.high.toFixed(3)}]`;
}
