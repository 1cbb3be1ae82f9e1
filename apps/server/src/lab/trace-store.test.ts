import {
  createEngine,
  type FeedbackState,
  PATIENT_CONTEXT,
  type Remembered,
  recommendPage,
} from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import { describe, expect, it } from 'vitest';
import type { ServedEngine } from '../serving/snapshot.ts';
import { compactPage, createTraceStore, type KeptTrace } from './trace-store.ts';

const { dataset, release } = await createSmallWorld();
const engine = { ...createEngine(dataset, release), basePath: '' };

async function traceOf(
  userIndex: number,
  feedback: FeedbackState = { byItem: new Map() },
  by: ServedEngine = engine,
): Promise<KeptTrace> {
  const input = { userIndex, feedback, asOf: 1_600_000_000 };
  const { sections, trace, found } = await recommendPage(by, input, PATIENT_CONTEXT);
  return {
    atMs: 0,
    userIdx: userIndex as never,
    engine,
    ...compactPage(found, sections),
    whys: new Map(),
    trace,
    stagesMs: {},
    without: [],
  };
}

describe('traces', () => {
  it('go when there are too many, the oldest first, however often one is looked at', async () => {
    const store = createTraceStore({ maxTraces: 2, maxBytes: 1e9 });
    for (const id of ['a', 'b']) store.keep(id, await traceOf(1));
    store.get('a');
    store.keep('c', await traceOf(1));
    expect(() => store.get('a')).toThrow(expect.objectContaining({ code: 'TRACE_NOT_KEPT' }));
    expect([store.get('b'), store.get('c')]).toHaveLength(2);
  });

  it('go when they are too large together', async () => {
    const store = createTraceStore({ maxTraces: 100, maxBytes: 200_000 });
    for (let at = 0; at < 50; at++) store.keep(`r${at}`, await traceOf(at));
    const kept = Array.from({ length: 50 }, (_, at) => at).filter((at) => {
      try {
        store.get(`r${at}`);
        return true;
      } catch {
        return false;
      }
    });
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(50);
    expect(kept.at(-1)).toBe(49);
  });

  it('of candidates that were kept have the lists of the request that found them', async () => {
    const keeping = { ...engine, kept: new Map<FeedbackState, Remembered>() };
    const feedback = { byItem: new Map() };
    const first = await traceOf(1, feedback, keeping);
    const again = await traceOf(1, feedback, keeping);
    expect(again.trace.stagesMs).not.toHaveProperty('retrieve');
    expect(first.found.found.length).toBeGreaterThan(0);
    expect(again.found.found).toBe(first.found.found);
  });
});
