// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';
import { createEventStore } from './event-store.ts';
import type { QueuedEvent } from './outbox.ts';

const event = (eventId: string): QueuedEvent => ({ userIdx: 1, event: { eventId, type: 'like', itemIdx: 5 } });
const ids = (events: readonly QueuedEvent[]) => events.map(({ event: { eventId } }) => eventId);

beforeEach(() => localStorage.clear());

it('holds what two tabs add, in the order in which they added it', () => {
  let nowMs = 1;
  const [one, other] = [createEventStore(() => nowMs++), createEventStore(() => nowMs++)];
  one.add([event('one-00001')]);
  other.add([event('other-001')]);
  one.add([event('one-00002')]);
  expect(ids(one.all())).toEqual(['one-00001', 'other-001', 'one-00002']);
  other.remove(['one-00001']);
  expect(ids(one.all())).toEqual(['other-001', 'one-00002']);
});

it('takes over the list of an earlier version once', () => {
  localStorage.setItem('matinee.outbox', JSON.stringify([event('old-00001')]));
  expect(ids(createEventStore().all())).toEqual(['old-00001']);
  expect(localStorage.getItem('matinee.outbox')).toBeNull();
  expect(ids(createEventStore().all())).toEqual(['old-00001']);
});
