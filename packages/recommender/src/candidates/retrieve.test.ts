import type { NamedSource } from '@matinee/models/blend';
import { popularityFamily, type RetrievalModel, type ScoredItems } from '@matinee/models/retrieval';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RetrieveOptions, retrieve } from './retrieve.ts';

const query = {
  history: { itemIndices: Int32Array.of(), timestamps: Float64Array.of(), weights: Float32Array.of() },
  asOf: 0,
  userIndex: -1,
};
const verdicts = { codes: new Uint8Array(10) };
const items = (...indices: number[]): ScoredItems => ({
  itemIndices: Int32Array.from(indices),
  scores: new Float32Array(indices.length).fill(1),
});

function sourceOf(name: string, answer: RetrievalModel['retrieve']): NamedSource {
  const model: RetrievalModel = {
    kind: 'test',
    traits: popularityFamily.traits,
    itemCount: 10,
    scoreAll: async () => undefined,
    retrieve: answer,
    contributors: async () => [],
    save: () => ({ kind: 'test', version: 1, config: {}, arrays: {} }),
  };
  return { name, model, weight: 1 };
}

/** A source that answers when it is told to. */
function heldSource(name: string): {
  source: NamedSource;
  hasTarget(): boolean;
  answer(found: ScoredItems): void;
  fail(error: Error): void;
} {
  let hasTarget = false;
  let settle: { resolve(found: ScoredItems): void; reject(error: Error): void };
  const answered = new Promise<ScoredItems>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const source = sourceOf(name, () => {
    hasTarget = true;
    return answered;
  });
  return {
    source,
    hasTarget: () => hasTarget,
    answer: (found) => settle.resolve(found),
    fail: (error) => settle.reject(error),
  };
}

/** Everything promised so far has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('retrieve', () => {
  let ms: number;
  let expire: () => void;
  let runningTimeouts: number;
  const options: RetrieveOptions = {
    limit: 5,
    allScores: false,
    deadlineMs: 100,
    now: () => ms,
    timeout: () => {
      runningTimeouts++;
      const expired = new Promise<void>((resolve) => {
        expire = resolve;
      });
      return { expired, cancel: () => runningTimeouts-- };
    },
  };
  const ask = (...sources: NamedSource[]) => retrieve(sources, query, verdicts, options);

  const unhandled: unknown[] = [];
  const noteUnhandled = (error: unknown): void => void unhandled.push(error);
  beforeEach(() => {
    ms = 0;
    runningTimeouts = 0;
    unhandled.length = 0;
    process.on('unhandledRejection', noteUnhandled);
  });
  afterEach(() => {
    process.off('unhandledRejection', noteUnhandled);
  });

  it('asks every source before the first has answered, and keeps their order whoever answers first', async () => {
    const first = heldSource('first');
    const second = heldSource('second');
    const retrieved = ask(first.source, second.source);
    await settled();
    expect([first.hasTarget(), second.hasTarget()]).toEqual([true, true]);
    ms = 10;
    second.answer(items(2));
    await settled();
    ms = 30;
    first.answer(items(1, 3));
    expect(await retrieved).toEqual({
      found: [
        { name: 'first', weight: 1, items: items(1, 3) },
        { name: 'second', weight: 1, items: items(2) },
      ],
      isFallback: false,
      reports: [
        { name: 'first', candidateCount: 2, ms: 30 },
        { name: 'second', candidateCount: 1, ms: 10 },
      ],
    });
  });

  it('leaves out by the deadline a source that is slow, and names it', async () => {
    const slow = heldSource('slow');
    const retrieved = ask(
      slow.source,
      sourceOf('quick', async () => items(4)),
    );
    await settled();
    ms = 101;
    expire();
    expect(await retrieved).toEqual({
      found: [{ name: 'quick', weight: 1, items: items(4) }],
      isFallback: false,
      reports: [
        { name: 'slow', candidateCount: 0, ms: 101, error: 'no answer within 100 ms' },
        { name: 'quick', candidateCount: 1, ms: 0 },
      ],
    });
  });

  it('counts no time for which the machine let the thread wait, up to five deadlines', async () => {
    let starved = 0;
    const askStarved = (...sources: NamedSource[]) =>
      retrieve(sources, query, verdicts, { ...options, starvedMs: () => starved });
    const late = heldSource('late');
    const retrieved = askStarved(
      sourceOf('first', async () => {
        ms = 180;
        starved = 150;
        return items(1);
      }),
      late.source,
    );
    await settled();
    // The first source took 30 ms of its own, and the second is asked.
    expect(late.hasTarget()).toBe(true);
    expire();
    await settled();
    late.answer(items(2));
    expect((await retrieved).reports.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(runningTimeouts).toBe(0);

    ms = 0;
    starved = 0;
    const never = heldSource('never');
    const given = askStarved(never.source);
    await settled();
    ms = 501;
    starved = 500;
    expire();
    expect((await given).reports[0]?.error).toBe('no answer within 100 ms');
    expect(runningTimeouts).toBe(0);
  });

  it('is not touched by what a source answers or throws after the deadline', async () => {
    const late = heldSource('late');
    const broken = heldSource('broken');
    const retrieved = ask(late.source, broken.source);
    await settled();
    expire();
    const answer = await retrieved;
    const before = structuredClone(answer);
    late.answer(items(7));
    broken.fail(new Error('out of memory'));
    await settled();
    expect(answer).toEqual(before);
    expect(answer.found).toEqual([]);
    expect(unhandled).toEqual([]);
  });

  it('names a source that throws, at once or later', async () => {
    const throwing = sourceOf('at once', () => {
      throw new Error('not loaded');
    });
    const rejecting = sourceOf('later', () => Promise.reject(new Error('out of memory')));
    const { reports } = await ask(throwing, rejecting);
    expect(reports.map(({ name, error }) => [name, error])).toEqual([
      ['at once', 'not loaded'],
      ['later', 'out of memory'],
    ]);
  });

  it('times a source that computes on this thread by itself, and takes its answer however late', async () => {
    const computing = (name: string, takesMs: number): NamedSource =>
      sourceOf(name, async () => {
        ms += takesMs;
        return items(1);
      });
    const { found, reports } = await ask(computing('a', 20), computing('b', 90), computing('c', 5));
    expect(found.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(reports).toEqual([
      { name: 'a', candidateCount: 1, ms: 20 },
      { name: 'b', candidateCount: 1, ms: 90 },
      { name: 'c', candidateCount: 0, ms: 0, error: 'not asked: 100 ms had passed' },
    ]);
  });

  it('leaves no timer running, whether all have answered or not', async () => {
    await ask(sourceOf('quick', async () => items(4)));
    expect(runningTimeouts).toBe(0);
    const retrieved = ask(heldSource('slow').source);
    await settled();
    expire();
    await retrieved;
    expect(runningTimeouts).toBe(0);
  });
});
