import { defined } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedbackEvent, FeedbackType } from '../ports/event-log.ts';
import { foldFeedback } from './feedback-state.ts';

const event = (eventId: string, type: FeedbackType, itemId = 'm1', undoes?: string): FeedbackEvent => ({
  eventId,
  userId: 'ada',
  itemId,
  type,
  atMs: Number(eventId.slice(1)) * 1000,
  ...defined({ undoes }),
});
const indexOf = (itemId: string): number => (itemId.startsWith('m') ? Number(itemId.slice(1)) : -1);
const fold = (...events: FeedbackEvent[]) => foldFeedback(events, indexOf).byItem;

describe('foldFeedback', () => {
  it('lets the later of like and dislike hold', () => {
    expect(fold(event('e1', 'like'), event('e2', 'dislike')).get(1)).toMatchObject({ taste: 'dislike' });
    expect(fold(event('e1', 'dislike'), event('e2', 'like')).get(1)).toMatchObject({ taste: 'like' });
  });

  it('keeps watched and skipped beside the taste', () => {
    expect(fold(event('e1', 'watched'), event('e2', 'like'), event('e3', 'skip')).get(1)).toEqual({
      taste: 'like',
      watched: true,
      skipped: true,
      clicked: false,
      atMs: 3000,
    });
  });

  it('brings back what the undone event had replaced', () => {
    const events = [event('e1', 'like'), event('e2', 'dislike'), event('e3', 'undo', 'm1', 'e2')];
    expect(fold(...events).get(1)).toMatchObject({ taste: 'like', atMs: 1000 });
    expect(fold(...events, event('e4', 'undo', 'm1', 'e1')).size).toBe(0);
  });

  it('takes back one event, not all of its kind', () => {
    expect(fold(event('e1', 'like'), event('e2', 'like'), event('e3', 'undo', 'm1', 'e2')).get(1)).toMatchObject({
      taste: 'like',
    });
  });

  it('lists titles by their last statement that holds', () => {
    const events = [event('e1', 'like', 'm1'), event('e2', 'like', 'm2'), event('e3', 'watched', 'm1')];
    expect([...fold(...events).keys()]).toEqual([2, 1]);
    expect([...fold(...events, event('e4', 'undo', 'm1', 'e3')).keys()]).toEqual([1, 2]);
  });

  it('ignores impressions and titles that the catalogue does not have', () => {
    expect(fold(event('e1', 'impression'), event('e2', 'like', 'gone')).size).toBe(0);
  });

  it('is as if an undone event had never been, whatever stands between', () => {
    const kinds = fc.constantFrom<FeedbackType>('like', 'dislike', 'watched', 'skip', 'click', 'impression');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(kinds, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 12 }),
        fc.nat(),
        (statements, pick) => {
          const events = statements.map(([type, item], index) => event(`e${index + 1}`, type, `m${item}`));
          const target = events[pick % events.length]!;
          const undone = [...events, event('e99', 'undo', target.itemId, target.eventId)];
          const without = events.filter(({ eventId }) => eventId !== target.eventId);
          expect([...fold(...undone)]).toEqual([...fold(...without)]);
        },
      ),
    );
  });
});
