import { expect, it } from 'vitest';
import { latenciesOf } from './latencies.ts';

it('sums stages to the whole, and takes the nearest rank of each part', () => {
  const traces = Array.from({ length: 20 }, (_, at) => ({
    stagesMs: { retrieve: at + 1, slate: 10 },
    trace: { sources: [{ name: 'ease', candidateCount: 1, ms: at / 2 }] },
  })) as never;
  expect(latenciesOf(traces)).toEqual({
    whole: [{ name: 'page', p50: 20, p95: 29, max: 30 }],
    stages: [
      { name: 'retrieve', p50: 10, p95: 19, max: 20 },
      { name: 'slate', p50: 10, p95: 10, max: 10 },
    ],
    sources: [{ name: 'ease', p50: 4.5, p95: 9, max: 9.5 }],
  });
  expect(latenciesOf([])).toEqual({ whole: [], stages: [], sources: [] });
});
