import type { EventsBody } from '@matinee/contract';
import { describe, expect, it } from 'vitest';
import { createOutbox, type OutboxPorts, type Outcome, type QueuedEvent } from './outbox.ts';

const choice = (eventId: string, userIdx = 1): QueuedEvent => ({
  userIdx,
  event: { eventId, type: 'like', itemIdx: 5 },
});
const sight = (eventId: string): QueuedEvent => ({ userIdx: 1, event: { eventId, type: 'impression', itemIdx: 5 } });
const transient = () => Object.assign(new Error('no answer'), { isTransient: true });

/** A storage, a connection that can be cut, and a server that stores events. */
function world(stored: readonly QueuedEvent[] = []) {
  const state = {
    storage: JSON.stringify(stored),
    online: true,
    failures: 0,
    sent: [] as EventsBody[],
    outcomes: [] as [string, Outcome][],
    waiting: -1,
    waits: [] as number[],
    lock: Promise.resolve(),
  };
  const ports: OutboxPorts = {
    store: {
      all: () => JSON.parse(state.storage),
      add: (events) => {
        state.storage = JSON.stringify([...JSON.parse(state.storage), ...events]);
      },
      remove: (ids) => {
        const left = (JSON.parse(state.storage) as QueuedEvent[]).filter(({ event }) => !ids.includes(event.eventId));
        state.storage = JSON.stringify(left);
      },
    },
    alone: (work) => {
      state.lock = state.lock.then(work);
      return state.lock;
    },
    send: async (body) => {
      if (!state.online || state.failures-- > 0) throw transient();
      state.sent.push(body);
      return { results: body.events.map(({ eventId }) => ({ eventId, status: 'accepted' as const })) };
    },
    isOnline: () => state.online,
    wait: async (ms) => {
      state.waits.push(ms);
    },
    onOutcome: ({ event }, outcome) => state.outcomes.push([event.eventId, outcome]),
    onWaiting: (count) => {
      state.waiting = count;
    },
  };
  return { state, ports };
}

const storedIds = (storage: string) => (JSON.parse(storage) as QueuedEvent[]).map(({ event }) => event.eventId);

describe('createOutbox', () => {
  it('stores an event before sending it, and drops it once the server has answered', async () => {
    const { state, ports } = world();
    const outbox = createOutbox(ports);
    outbox.add([choice('like-0001')]);
    expect(storedIds(state.storage)).toEqual(['like-0001']);
    await outbox.drain();
    expect(storedIds(state.storage)).toEqual([]);
    expect(state.outcomes).toEqual([['like-0001', { kind: 'stored', status: 'accepted' }]]);
  });

  it('sends what an earlier visit left behind', async () => {
    const { state, ports } = world([choice('left-0001')]);
    await createOutbox(ports).drain();
    expect(state.sent).toEqual([{ userIdx: 1, events: [choice('left-0001').event] }]);
  });

  it('keeps choices while offline and sends them when the network returns', async () => {
    const { state, ports } = world();
    state.online = false;
    const outbox = createOutbox(ports);
    outbox.add([choice('like-0001')]);
    await outbox.drain();
    expect(state.outcomes).toEqual([]);
    expect(state.waiting).toBe(1);
    state.online = true;
    await outbox.drain();
    expect(state.outcomes).toHaveLength(1);
    expect(state.waiting).toBe(0);
  });

  it('tries a failed send twice more, with the same ids', async () => {
    const { state, ports } = world();
    state.failures = 2;
    const outbox = createOutbox(ports);
    outbox.add([choice('like-0001')]);
    await outbox.drain();
    expect(state.sent[0]?.events[0]?.eventId).toBe('like-0001');
    expect(state.outcomes).toEqual([['like-0001', { kind: 'stored', status: 'accepted' }]]);
  });

  it('gives a choice up after the third failure and says so, but keeps impressions for later', async () => {
    const { state, ports } = world();
    state.failures = 3;
    const outbox = createOutbox(ports);
    outbox.add([sight('seen-0001'), choice('like-0001')]);
    await outbox.drain();
    expect(state.outcomes).toEqual([['like-0001', { kind: 'failed' }]]);
    expect(storedIds(state.storage)).toEqual(['seen-0001']);
  });

  it('passes on what the server refused, with its reason, and stores the rest of the batch', async () => {
    const { state, ports } = world();
    const outbox = createOutbox({
      ...ports,
      send: async () => ({
        results: [
          { eventId: 'good-0001', status: 'accepted' },
          { eventId: 'bad-00001', status: 'rejected', message: 'no such title' },
        ],
      }),
    });
    outbox.add([choice('good-0001'), choice('bad-00001')]);
    await outbox.drain();
    expect(state.outcomes).toEqual([
      ['good-0001', { kind: 'stored', status: 'accepted' }],
      ['bad-00001', { kind: 'failed', message: 'no such title' }],
    ]);
  });

  it('does not repeat what the server calls wrong', async () => {
    const { state, ports } = world();
    let calls = 0;
    const outbox = createOutbox({
      ...ports,
      send: async () => {
        calls++;
        throw new Error('400: wrong shape');
      },
    });
    outbox.add([choice('like-0001')]);
    await outbox.drain();
    expect(calls).toBe(1);
    expect(state.outcomes).toEqual([['like-0001', { kind: 'failed', message: '400: wrong shape' }]]);
    expect(storedIds(state.storage)).toEqual([]);
  });

  it('sends each viewer’s events apart and at most 50 at once', async () => {
    const { state, ports } = world();
    const outbox = createOutbox(ports);
    outbox.add([...Array.from({ length: 60 }, (_, index) => choice(`one-${1000 + index}`)), choice('two-00001', 2)]);
    await outbox.drain();
    expect(state.sent.map(({ userIdx, events }) => [userIdx, events.length])).toEqual([
      [1, 50],
      [1, 10],
      [2, 1],
    ]);
  });

  it('sends what two tabs have added, each event once', async () => {
    const { state, ports } = world();
    state.online = false;
    const [one, other] = [createOutbox(ports), createOutbox(ports)];
    one.add([choice('like-0001')]);
    other.add([choice('like-0002')]);
    expect(state.waiting).toBe(2);
    state.online = true;
    await Promise.all([one.drain(), other.drain()]);
    expect(state.sent.flatMap(({ events }) => events.map(({ eventId }) => eventId))).toEqual([
      'like-0001',
      'like-0002',
    ]);
    expect(storedIds(state.storage)).toEqual([]);
  });

  it('sends what is added while it sends', async () => {
    const { state, ports } = world();
    const outbox = createOutbox(ports);
    outbox.add([choice('like-0001')]);
    const sending = outbox.drain();
    outbox.add([choice('like-0002')]);
    await Promise.all([sending, outbox.drain()]);
    expect(storedIds(state.storage)).toEqual([]);
    expect(state.outcomes).toHaveLength(2);
  });

  it('counts no choice that waits together with its undo, and sends both in their order', async () => {
    const { state, ports } = world();
    state.online = false;
    const outbox = createOutbox(ports);
    const undo: QueuedEvent = {
      userIdx: 1,
      event: { eventId: 'undo-0001', type: 'undo', itemIdx: 5, undoes: 'like-0001' },
    };
    outbox.add([choice('like-0001')]);
    outbox.add([undo]);
    expect(state.waiting).toBe(0);
    state.online = true;
    await outbox.drain();
    expect(state.sent[0]?.events.map(({ eventId }) => eventId)).toEqual(['like-0001', 'undo-0001']);
  });

  it('waits as long as the server says, and gives nothing up meanwhile', async () => {
    const { state, ports } = world();
    let refusals = 4;
    const outbox = createOutbox({
      ...ports,
      send: async (body) => {
        if (refusals-- > 0) throw Object.assign(new Error('429'), { isTransient: true, retryAfterMs: 7000 });
        return ports.send(body);
      },
    });
    outbox.add([choice('like-0001')]);
    await outbox.drain();
    expect(state.waits).toEqual([7000, 7000, 7000, 7000]);
    expect(state.outcomes).toEqual([['like-0001', { kind: 'stored', status: 'accepted' }]]);
  });

  it('drops the oldest impressions beyond 200, and never a choice', () => {
    const { state, ports } = world();
    state.online = false;
    const outbox = createOutbox(ports);
    outbox.add([choice('like-0001')]);
    for (let index = 0; index < 300; index++) outbox.add([sight(`seen-${1000 + index}`)]);
    const ids = storedIds(state.storage);
    expect(ids).toContain('like-0001');
    expect(ids).toContain('seen-1299');
    expect(ids).not.toContain('seen-1000');
    expect(ids.length).toBeLessThanOrEqual(202);
  });
});
