import type { StreamTopic } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { createEventStream, type EventStream } from './event-stream.ts';

/** Subscribes and records the received text. */
function listen(
  stream: EventStream,
  lastEventId?: number,
  topics: StreamTopic[] = ['training', 'release', 'feedback'],
) {
  const texts: string[] = [];
  let ended = false;
  const leave = stream.subscribe({
    topics: new Set(topics),
    ...defined({ lastEventId }),
    send: (text) => texts.push(text),
    end: () => {
      ended = true;
    },
  });
  const ids = (): number[] => texts.map((text) => Number(/^id: (\d+)$/m.exec(text)?.[1]));
  return { texts, leave, ids, isEnded: () => ended };
}

/** Publishes `count` events. */
function publish(stream: EventStream, count: number): void {
  for (let item = 0; item < count; item++) stream.publish('feedback', { itemIdx: item, type: 'like' });
}

describe('createEventStream', () => {
  it('writes events in the format of server-sent events, with ascending ids', () => {
    const stream = createEventStream({ capacity: 10, firstId: 100 });
    const { texts } = listen(stream);
    stream.publish('feedback', { itemIdx: 7, type: 'like' });
    stream.publish('release', { version: 'abc', generation: 'v2', metrics: { 'ndcg@10': 0.1 } });
    expect(texts).toEqual([
      'event: feedback\nid: 100\ndata: {"itemIdx":7,"type":"like"}\n\n',
      'event: release\nid: 101\ndata: {"version":"abc","generation":"v2","metrics":{"ndcg@10":0.1}}\n\n',
    ]);
  });

  it('sends clients that reconnect exactly what they missed, for every id that is still stored', () => {
    const stream = createEventStream({ capacity: 10, firstId: 100 });
    publish(stream, 25);
    for (let last = 114; last <= 124; last++) {
      const { ids } = listen(stream, last);
      expect(ids()).toEqual(Array.from({ length: 124 - last }, (_, index) => last + 1 + index));
    }
  });

  it('replays from before the first event while nothing is lost', () => {
    const stream = createEventStream({ capacity: 10, firstId: 100 });
    publish(stream, 3);
    expect(listen(stream, 99).ids()).toEqual([100, 101, 102]);
  });

  it.each([
    ['too old', 113],
    ['of an earlier process', 5],
    ['not given yet', 125],
    ['no number', Number.NaN],
  ])('says reset, with the id to go on from, where the id is %s', (_what, last) => {
    const stream = createEventStream({ capacity: 10, firstId: 100 });
    publish(stream, 25);
    const { texts } = listen(stream, last);
    publish(stream, 1);
    expect(texts).toEqual([
      'event: reset\nid: 124\ndata: {}\n\n',
      'event: feedback\nid: 125\ndata: {"itemIdx":0,"type":"like"}\n\n',
    ]);
  });

  it('sends only the requested topics, and the latest id to all clients', () => {
    const stream = createEventStream({ capacity: 10, firstId: 0 });
    const { texts } = listen(stream, undefined, ['release']);
    publish(stream, 50);
    expect(texts).toEqual([]);
    stream.beat();
    expect(texts).toEqual([': still here\nid: 49\n\n']);
    expect(listen(stream, 49, ['release']).texts).toEqual([]);
  });

  it('keeps no more than its capacity', () => {
    const stream = createEventStream({ capacity: 4, firstId: 0 });
    publish(stream, 1000);
    expect(listen(stream, 995).ids()).toEqual([996, 997, 998, 999]);
    expect(listen(stream, 994).texts[0]).toContain('event: reset');
  });

  it('forgets clients that have left, and ends the rest when it closes', () => {
    const stream = createEventStream({ capacity: 4, firstId: 0 });
    const [gone, still] = [listen(stream), listen(stream)];
    gone.leave();
    gone.leave();
    publish(stream, 1);
    expect([gone.texts.length, still.texts.length, stream.subscriberCount()]).toEqual([0, 1, 1]);
    stream.close();
    expect([gone.isEnded(), still.isEnded(), stream.subscriberCount()]).toEqual([false, true, 0]);
  });
});
