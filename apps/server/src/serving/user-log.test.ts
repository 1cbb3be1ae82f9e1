import type { EventLog, FeedbackEvent } from '@matinee/recommender';
import { createMemoryEventLog } from '@matinee/recommender/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { createUserLogs } from './user-log.ts';

const event = (eventId: string, itemId: string, parts: Partial<FeedbackEvent> = {}): FeedbackEvent => ({
  ...{ eventId, userId: 'ada', itemId, type: 'like', atMs: 1_700_000_000_000 },
  ...parts,
});
const indexOf = (itemId: string): number => ['m0', 'm1', 'm2'].indexOf(itemId);

let log: EventLog;
/** The sequence after which each read began. */
let readsAfter: number[];
beforeEach(() => {
  const memory = createMemoryEventLog();
  readsAfter = [];
  log = {
    ...memory,
    standingFeedback(userId, afterSequence) {
      readsAfter.push(afterSequence);
      return memory.standingFeedback(userId, afterSequence);
    },
  };
});

describe('createUserLogs', () => {
  it('reads only what changed since the last read', async () => {
    const logs = createUserLogs(log);
    const read = async () => (await logs.read('ada', 1_700_000_000_001, indexOf)).feedback;
    await log.append([event('e1', 'm0'), event('e2', 'm1', { type: 'watched' }), event('e3', 'm0', { type: 'click' })]);
    const first = await read();
    expect([...first.byItem.keys()]).toEqual([1, 0]);
    expect(await read()).toBe(first);

    await log.append([event('e4', 'm2'), event('u1', 'm0', { type: 'undo', undoes: 'e3' })]);
    await log.append([event('bobs', 'm1', { userId: 'bob' }), event('seen', 'm1', { type: 'impression' })]);
    const later = await read();
    expect([...later.byItem]).toEqual([
      [0, { taste: 'like', watched: false, skipped: false, clicked: false, atMs: 1_700_000_000_000 }],
      [1, { taste: null, watched: true, skipped: false, clicked: false, atMs: 1_700_000_000_000 }],
      [2, { taste: 'like', watched: false, skipped: false, clicked: false, atMs: 1_700_000_000_000 }],
    ]);
    expect(readsAfter).toEqual([0, 3, 3]);
  });

  it('folds again for another catalogue', async () => {
    const logs = createUserLogs(log);
    await log.append([event('e1', 'm0'), event('e2', 'new')]);
    expect((await logs.read('ada', 0, indexOf)).feedback.byItem.size).toBe(1);
    const larger = (itemId: string): number => ['m0', 'new'].indexOf(itemId);
    expect((await logs.read('ada', 0, larger)).feedback.byItem.size).toBe(2);
  });

  it('gives nothing and names the log when it fails', async () => {
    const logs = createUserLogs({ ...log, standingFeedback: () => Promise.reject(new Error('disk gone')) });
    expect(await logs.readIfPossible('ada', 0, indexOf)).toMatchObject({
      shown: [],
      failures: [{ part: 'event log', error: 'disk gone' }],
    });
    await expect(logs.read('ada', 0, indexOf)).rejects.toThrow('disk gone');
  });
});
