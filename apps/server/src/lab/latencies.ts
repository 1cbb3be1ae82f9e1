import type { KeptTrace } from './trace-store.ts';

/** Milliseconds of one part over many requests. */
export interface Latency {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Returns how long page requests took: as a whole, by stage and by source, in the order of running. */
export function latenciesOf(traces: readonly Pick<KeptTrace, 'stagesMs' | 'trace'>[]) {
  const stages = new Map<string, number[]>();
  const sources = new Map<string, number[]>();
  const add = (to: Map<string, number[]>, name: string, ms: number): void => {
    const known = to.get(name);
    if (known === undefined) to.set(name, [ms]);
    else known.push(ms);
  };
  const whole: number[] = [];
  for (const { stagesMs, trace } of traces) {
    whole.push(Object.values(stagesMs).reduce((sum, ms) => sum + ms, 0));
    for (const [stage, ms] of Object.entries(stagesMs)) add(stages, stage, ms);
    for (const { name, ms } of trace.sources) add(sources, name, ms);
  }
  return {
    whole: whole.length === 0 ? [] : [summarize('page', whole)],
    stages: Array.from(stages, ([name, times]) => summarize(name, times)),
    sources: Array.from(sources, ([name, times]) => summarize(name, times)),
  };
}

function summarize(name: string, times: readonly number[]): Latency {
  const ascending = [...times].sort((a, b) => a - b);
  // Nearest rank: a time that really was.
  const at = (share: number): number => ascending[Math.ceil(share * ascending.length) - 1] ?? 0;
  return { name, p50: at(0.5), p95: at(0.95), max: at(1) };
}
