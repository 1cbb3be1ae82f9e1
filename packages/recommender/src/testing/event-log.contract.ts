import { defined } from '@matinee/numerics';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EventLog, FEEDBACK_TYPES, type FeedbackEvent, type LoggedEvent } from '../ports/event-log.ts';

/** A log that can be closed and opened again on the same storage. */
export interface EventLogFixture {
  readonly open: () => Promise<EventLog>;
  /** Removes the storage. */
  readonly destroy: () => Promise<void>;
}

const event = (eventId: string, parts: Partial<FeedbackEvent> = {}): FeedbackEvent => ({
  eventId,
  userId: 'ada',
  itemId: 'm1',
  type: 'like',
  atMs: 1_700_000_000_000,
  ...parts,
});

const idsOf = (events: readonly LoggedEvent[]): string[] => events.map(({ eventId }) => eventId);

/** What every {@link EventLog} does. `createFixture` gives empty storage. */
export function describeEventLog(name: string, createFixture: () => Promise<EventLogFixture>): void {
  describe(`${name} as an event log`, () => {
    let fixture: EventLogFixture;
    let log: EventLog;
    beforeEach(async () => {
      fixture = await createFixture();
      log = await fixture.open();
    });
    afterEach(async () => {
      await log.close();
      await fixture.destroy();
    });

    it('gives back every field as it was appended', async () => {
      const place = { requestId: 'r', rowId: 'popular', position: 3, propensity: 1 / 3 };
      const full = event('e1', { type: 'undo', undoes: 'e0', ...place });
      await log.append([full, event('e2', { userId: 'Žofie ✓', itemId: 'it"em\' --' })]);
      const [first, second] = await log.eventsAfter(0, 10);
      expect(first).toEqual({ ...full, sequence: first?.sequence });
      expect(second).toMatchObject({ userId: 'Žofie ✓', itemId: 'it"em\' --' });
      expect(second).not.toHaveProperty('undoes');
      expect(second).not.toHaveProperty('propensity');
    });

    it('lists a user’s events newest first and nobody else’s', async () => {
      await log.append([event('e1'), event('e2', { userId: 'bob' }), event('e3')]);
      await log.append([event('e4')]);
      expect(idsOf(await log.eventsOfUser('ada', { limit: 10 }))).toEqual(['e4', 'e3', 'e1']);
      expect(idsOf(await log.eventsOfUser('ada', { limit: 2 }))).toEqual(['e4', 'e3']);
      expect(await log.eventsOfUser('nobody', { limit: 10 })).toEqual([]);
    });

    it('pages backwards without gap or repeat', async () => {
      await log.append(Array.from({ length: 25 }, (_, index) => event(`e${index}`)));
      const seen: string[] = [];
      let beforeSequence: number | undefined;
      for (;;) {
        const page = await log.eventsOfUser('ada', {
          limit: 10,
          ...defined({ beforeSequence }),
        });
        if (page.length === 0) break;
        seen.push(...idsOf(page));
        beforeSequence = page.at(-1)?.sequence;
      }
      expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `e${24 - index}`));
    });

    it('lists only the types asked for', async () => {
      await log.append(FEEDBACK_TYPES.map((type) => event(type, { type })));
      expect(idsOf(await log.eventsOfUser('ada', { limit: 10, types: ['skip', 'like'] }))).toEqual(['skip', 'like']);
      expect(idsOf(await log.eventsOfUser('ada', { limit: 10, types: ['impression'] }))).toEqual(['impression']);
      expect(await log.eventsOfUser('ada', { limit: 10, types: [] })).toEqual([]);
    });

    it('lists only the events with an item', async () => {
      await log.append([event('e1'), event('e2', { itemId: 'm2' }), event('e3'), event('e4', { userId: 'bob' })]);
      expect(idsOf(await log.eventsOfUser('ada', { limit: 10, itemId: 'm1' }))).toEqual(['e3', 'e1']);
      expect(idsOf(await log.eventsOfUser('ada', { limit: 10, itemId: 'm1', types: ['skip'] }))).toEqual([]);
      expect(await log.eventsOfUser('ada', { limit: 10, itemId: 'm3' })).toEqual([]);
    });

    it('tells which titles a user was shown on several days', async () => {
      const day = 86_400_000;
      const shown = (itemId: string, atMs: number, parts: Partial<FeedbackEvent> = {}): FeedbackEvent =>
        event(`${itemId}-${atMs}-${parts.userId ?? ''}`, { itemId, atMs, type: 'impression', ...parts });
      await log.append([
        ...[1, 2, 3].map((at) => shown('often', at * day)),
        ...[1, 2, 3].map((at) => shown('one evening', 3 * day + at)),
        ...[1, 2].map((at) => shown('twice', at * day)),
        shown('twice', 3 * day, { type: 'click' }),
        ...[1, 2, 3].map((at) => shown('others', at * day, { userId: 'bob' })),
      ]);
      expect(await log.impressionsOfUser('ada', 0)).toEqual([
        { itemId: 'often', days: 3, lastAtMs: 3 * day },
        { itemId: 'one evening', days: 1, lastAtMs: 3 * day + 3 },
        { itemId: 'twice', days: 2, lastAtMs: 2 * day },
      ]);
      expect(await log.impressionsOfUser('ada', 2 * day + 1)).toEqual([
        { itemId: 'often', days: 1, lastAtMs: 3 * day },
        { itemId: 'one evening', days: 1, lastAtMs: 3 * day + 3 },
      ]);
      expect(await log.impressionsOfUser('nobody', 0)).toEqual([]);
    });

    it('stores an event id once, keeps the first, and says which were known', async () => {
      expect(await log.append([event('e1', { type: 'like' })])).toEqual([{ eventId: 'e1', status: 'accepted' }]);
      expect(await log.append([event('e1', { type: 'skip', userId: 'bob' }), event('e2'), event('e2')])).toEqual([
        { eventId: 'e1', status: 'duplicate' },
        { eventId: 'e2', status: 'accepted' },
        { eventId: 'e2', status: 'duplicate' },
      ]);
      const all = await log.eventsAfter(0, 10);
      expect(idsOf(all)).toEqual(['e1', 'e2']);
      expect(all[0]).toMatchObject({ type: 'like', userId: 'ada' });
    });

    it('appends nothing for an empty batch', async () => {
      expect(await log.append([])).toEqual([]);
      expect(await log.eventsAfter(0, 10)).toEqual([]);
    });

    it('accepts each id exactly once when many callers append it at the same time', async () => {
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, index) => log.append([event(`e${index % 50}`), event(`own-${index}`)])),
      );
      const accepted = results.flat().filter(({ status }) => status === 'accepted');
      expect(accepted).toHaveLength(250);
      expect(new Set(idsOf(await log.eventsAfter(0, 1000))).size).toBe(250);
    });

    it('takes a batch larger than one statement can carry', async () => {
      await log.append(Array.from({ length: 5000 }, (_, index) => event(`e${index}`)));
      expect(await log.eventsAfter(0, 10_000)).toHaveLength(5000);
    });

    it('orders by sequence, which ascends in the order of appending', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(fc.uuid(), { maxLength: 5 }), { maxLength: 5 }), async (batches) => {
          const before = (await log.eventsAfter(0, 1_000_000)).at(-1)?.sequence ?? 0;
          for (const batch of batches) await log.append(batch.map((id) => event(id)));
          const after = await log.eventsAfter(before, 1_000_000);
          expect(idsOf(after)).toEqual([...new Set(batches.flat())]);
          for (const [index, { sequence }] of after.entries()) {
            expect(sequence).toBeGreaterThan(index === 0 ? before : (after[index - 1]?.sequence ?? 0));
          }
        }),
        { numRuns: 20 },
      );
    });

    it('keeps everything over close and open', async () => {
      await log.append([event('e1'), event('e2')]);
      await log.close();
      log = await fixture.open();
      expect(idsOf(await log.eventsAfter(0, 10))).toEqual(['e1', 'e2']);
      expect(await log.append([event('e2')])).toEqual([{ eventId: 'e2', status: 'duplicate' }]);
    });

    it('finishes what is being appended before it closes', async () => {
      const append = log.append([event('e1')]);
      await log.close();
      expect(await append).toEqual([{ eventId: 'e1', status: 'accepted' }]);
      log = await fixture.open();
      expect(idsOf(await log.eventsAfter(0, 10))).toEqual(['e1']);
    });
  });
}
