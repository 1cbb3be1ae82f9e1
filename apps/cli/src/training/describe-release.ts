import type { Release } from '@matinee/models/release';

/** Describes a trained release: the weight of each source, and what it does without and why. */
export function describeRelease({
  version,
  sources,
  training,
}: Pick<Release, 'version' | 'sources' | 'training'>): string {
  const { metrics = {}, leftOut = [], heldOutInstead } = training ?? {};
  const header = `release ${version}`;
  const absent = leftOut.map(({ part, reason }) => `  without ${part}: ${reason}`);
  const queries = metrics['validation.queries'];
  if (queries === undefined) {
    return [header, 'too little data to learn weights: all sources count the same', ...absent].join('\n');
  }
  const lines = sources.map(({ name, weight }) => {
    const alone = metrics[`validation.ndcg@100.${name}`] ?? 0;
    return `  ${name.padEnd(20)} weight ${weight.toFixed(3)}   NDCG@100 alone ${alone.toFixed(4)}`;
  });
  const blend = metrics['validation.ndcg@100'] ?? 0;
  const cut = heldOutInstead === undefined ? '' : `, everybody’s last items (${heldOutInstead})`;
  return [
    header,
    ...lines,
    `  ${'blend'.padEnd(20)} ${' '.repeat(12)}   NDCG@100       ${blend.toFixed(4)}`,
    ...absent,
    `Measured on the ${queries} queries that the weights were learned on${cut}, so not a test result; for that: matinee evaluate`,
  ].join('\n');
}
