import { describe, expect, it } from 'vitest';
import type { FeedbackEvent } from '../ports/event-log.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { type AttributedEvent, attributeFeedback } from './attribute-feedback.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2018, 6, 20);

async function logOf(events: readonly FeedbackEvent[]) {
  const log = createMemoryEventLog();
  await log.append(events);
  return log;
}

describe('attributeFeedback', () => {
  const shown = (eventId: string, requestId: string, hours: number, position: number): FeedbackEvent => ({
    ...{ eventId, userId: 'ada', itemId: 'm1', type: 'impression', atMs: START + hours * HOUR },
    ...{ requestId, rowId: 'popular_right_now', position },
  });
  const said = (eventId: string, hours: number, parts: Partial<FeedbackEvent> = {}): FeedbackEvent => ({
    ...{ eventId, userId: 'ada', itemId: 'm1', type: 'click', atMs: START + hours * HOUR },
    ...parts,
  });

  it('joins what people did with the answer that it names, else with the last time they saw the title that day', async () => {
    const rows = new Map<string, AttributedEvent>();
    const log = await logOf([
      said('unseen', 0),
      shown('first', 'r1', 1, 3),
      shown('second', 'r2', 2, 7),
      said('named', 3, { requestId: 'r1' }),
      said('unnamed', 4, { type: 'watched' }),
      said('another', 4, { userId: 'bob' }),
      said('taken-back', 5, { type: 'like' }),
      said('undo', 6, { type: 'undo', undoes: 'taken-back' }),
      said('too-late', 30),
    ]);
    for await (const row of attributeFeedback(log)) rows.set(row.event_id, row);
    expect([...rows.keys()]).toEqual(['unseen', 'first', 'second', 'named', 'unnamed', 'another', 'too-late']);
    expect(rows.get('first')).toEqual({
      ...{ event_id: 'first', user: 'ada', item: 'm1', type: 'impression', time: START / 1000 + 3600, shown: true },
      ...{ request_id: 'r1', row_id: 'popular_right_now', position: 3 },
    });
    const first = { shown: true, impression_id: 'first', request_id: 'r1', position: 3 };
    expect(rows.get('named')).toMatchObject(first);
    expect(rows.get('unnamed')).toMatchObject({
      type: 'watch',
      impression_id: 'second',
      request_id: 'r2',
      position: 7,
    });
    for (const id of ['unseen', 'another', 'too-late']) {
      expect(rows.get(id)?.shown).toBe(false);
      expect(rows.get(id)).not.toHaveProperty('impression_id');
    }
  });
});
