import { defined } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedbackEvent, FeedbackType } from '../ports/event-log.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { type FeedbackState, foldFeedback } from './feedback-state.ts';

const event = (eventId: string, type: FeedbackType, itemId = 'm1', undoes?: string): FeedbackEvent => ({
  eventId,
  userId: 'ada',
  itemId,
  type,
  atMs: Number(eventId.slice(1)) * 1000,
  ...defined({ undoes }),
});
const indexOf = (itemId: string): number => (itemId.startsWith('m') ? Number(itemId.slice(1)) : -1);
/** Folds the events as a log returns them. */
async function fold(...events: FeedbackEvent[]): Promise<FeedbackState['byItem']> {
  const log = createMemoryEventLog();
  await log.append(events);
  return foldFeedback(await log.eventsAfter(0, 1000), indexOf).byItem;
}

describe('foldFeedback', () => {
  it('lets the later of like and dislike hold', async () => {
    expect((await fold(event('e1', 'like'), event('e2', 'dislike'))).get(1)).toMatchObject({ taste: 'dislike' });
    expect((await fold(event('e1', 'dislike'), event('e2', 'like'))).get(1)).toMatchObject({ taste: 'like' });
  });

  it('keeps watched and skipped beside the taste', async () => {
    expect((await fold(event('e1', 'watched'), event('e2', 'like'), event('e3', 'skip'))).get(1)).toEqual({
      taste: 'like',
      watched: true,
      skipped: true,
      clicked: false,
      atMs: 3000,
    });
  });

  it('brings back what the undone event had replaced', async () => {
    const events = [event('e1', 'like'), event('e2', 'dislike'), event('e3', 'undo', 'm1', 'e2')];
    expect((await fold(...events)).get(1)).toMatchObject({ taste: 'like', atMs: 1000 });
    expect((await fold(...events, event('e4', 'undo', 'm1', 'e1'))).size).toBe(0);
  });

  it('takes back a like with all that only repeated it', async () => {
    const likes = [event('e1', 'like'), event('e2', 'watched'), event('e3', 'like')];
    expect((await fold(...likes, event('e4', 'undo'))).get(1)).toMatchObject({ taste: null, watched: true });
    expect((await fold(...likes, event('e4', 'undo', 'm1', 'e1'))).get(1)).toMatchObject({
      taste: null,
      watched: true,
    });
  });

  it('knows nothing of an undo that is later in the log', async () => {
    const log = createMemoryEventLog();
    await log.append([event('e1', 'like'), event('e2', 'undo')]);
    const events = await log.eventsAfter(0, 1);
    expect(foldFeedback(events, indexOf, 2).byItem.get(1)).toMatchObject({ taste: 'like' });
    expect(foldFeedback(events, indexOf, 3).byItem.size).toBe(0);
  });

  it('lists titles by their last statement that holds', async () => {
    const events = [event('e1', 'like', 'm1'), event('e2', 'like', 'm2'), event('e3', 'watched', 'm1')];
    expect([...(await fold(...events)).keys()]).toEqual([2, 1]);
    expect([...(await fold(...events, event('e4', 'undo', 'm1', 'e3'))).keys()]).toEqual([1, 2]);
  });

  it('ignores impressions and titles that the catalogue does not have', async () => {
    expect((await fold(event('e1', 'impression'), event('e2', 'like', 'gone'))).size).toBe(0);
  });

  it('is as if an undone event had never been, whatever stands between', async () => {
    const kinds = fc.constantFrom<FeedbackType>('like', 'dislike', 'watched', 'skip', 'click', 'impression');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(kinds, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 12 }),
        fc.nat(),
        async (statements, pick) => {
          // Not one that repeats another, which would be undone with it.
          const events = statements
            .map(([type, item], index) => event(`e${index + 1}`, type, `m${item}`))
            .filter(({ type, itemId }, at, all) => all.findIndex((e) => e.type === type && e.itemId === itemId) === at);
          const target = events[pick % events.length]!;
          const undone = [...events, event('e99', 'undo', target.itemId, target.eventId)];
          const without = events.filter(({ eventId }) => eventId !== target.eventId);
          expect([...(await fold(...undone))]).toEqual([...(await fold(...without))]);
        },
      ),
    );
  });
});
