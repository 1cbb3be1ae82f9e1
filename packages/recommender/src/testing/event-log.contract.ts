import { defined } from '@matinee/numerics';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foldFeedback, foldStanding } from '../log/feedback-state.ts';
import {
  type EventLog,
  FEEDBACK_TYPES,
  type FeedbackEvent,
  type LoggedEvent,
  type ReplayedEvent,
  type StandingFeedback,
} from '../ports/event-log.ts';
import { logEvents } from './log-events.ts';

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
      const said = { receivedMs: 1_700_000_000_001, rating: 3.5, share: 0.25 };
      const full = event('e1', { type: 'undo', undoes: 'e0', ...place, ...said });
      await log.append([event('e0'), full, event('e2', { userId: 'Žofie ✓', itemId: 'it"em\' --' })]);
      const [, { undone: _, othersOfPair: __, ...first }, second] = (await log.eventsAfter(0, 10)) as [
        unknown,
        ReplayedEvent,
        LoggedEvent,
      ];
      expect(first).toEqual({ ...full, sequence: first.sequence });
      expect(second).toMatchObject({ userId: 'Žofie ✓', itemId: 'it"em\' --' });
      expect(second).not.toHaveProperty('undoes');
      for (const field of ['propensity', 'receivedMs', 'rating', 'share']) expect(second).not.toHaveProperty(field);
    });

    it('lists a user’s events newest first and nobody else’s', async () => {
      await log.append([event('e1'), event('e2', { userId: 'bob' }), event('e3')]);
      await log.append([event('e4')]);
      expect(idsOf(await log.eventsOfUser('ada', { limit: 10 }))).toEqual(['e4', 'e3', 'e1']);
      expect(idsOf(await log.eventsOfUser('ada', { limit: 2 }))).toEqual(['e4', 'e3']);
      expect(await log.eventsOfUser('nobody', { limit: 10 })).toEqual([]);
    });

    it('tells when the nth newest event of a user was stored', async () => {
      await log.append([1, 2, 3].map((atMs) => event(`e${atMs}`, { atMs, type: atMs === 3 ? 'impression' : 'like' })));
      await log.append([event('e4', { userId: 'bob', atMs: 4 })]);
      expect([await log.timeOfNthNewest('ada', 1), await log.timeOfNthNewest('ada', 3)]).toEqual([3, 1]);
      expect([await log.timeOfNthNewest('ada', 4), await log.timeOfNthNewest('nobody', 1)]).toEqual([
        undefined,
        undefined,
      ]);
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
      await log.append(FEEDBACK_TYPES.filter((type) => type !== 'undo').map((type) => event(type, { type })));
      expect(idsOf(await log.eventsOfUser('ada', { limit: 10, types: ['skip', 'like'] }))).toEqual(['skip', 'like']);
      expect(idsOf(await log.eventsOfUser('ada', { limit: 10, types: ['impression'] }))).toEqual(['impression']);
      expect(await log.eventsOfUser('ada', { limit: 10, types: [] })).toEqual([]);
    });

    it('leaves out what one undo removed', async () => {
      await log.append([event('e1'), event('e2', { type: 'click' }), event('u', { type: 'undo' })]);
      const [undo] = await log.eventsOfUser('ada', { limit: 1 });
      const rest = await log.eventsOfUser('ada', { limit: 9, ...defined({ notUndoneBy: undo?.sequence }) });
      expect(idsOf(rest)).toEqual(['u', 'e2']);
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
      expect(await log.append([event('e1'), event('e2'), event('e2')])).toEqual([
        { eventId: 'e1', status: 'duplicate' },
        { eventId: 'e2', status: 'accepted' },
        { eventId: 'e2', status: 'duplicate' },
      ]);
      const all = await log.eventsAfter(0, 10);
      expect(idsOf(all)).toEqual(['e1', 'e2']);
      expect(all[0]).toMatchObject({ type: 'like', userId: 'ada' });
    });

    it('takes the id of an event for each user, and refuses another event of the user under it', async () => {
      const shown = { requestId: 'r', rowId: 'popular', position: 3, propensity: 1 / 3 };
      await log.append([event('e1', shown), event('e1', { userId: 'bob', type: 'skip', itemId: 'm2' })]);
      const all = await log.eventsAfter(0, 10);
      expect(all.map(({ userId, type, itemId }) => [userId, type, itemId])).toEqual([
        ['ada', 'like', 'm1'],
        ['bob', 'skip', 'm2'],
      ]);
      const stored = { type: 'like', itemId: 'm1' };
      for (const other of [
        { type: 'skip' },
        { itemId: 'm2' },
        { type: 'undo' },
        { type: 'undo', undoes: 'e1' },
        { position: 4 },
        { requestId: 'r2' },
      ] as const) {
        expect(await log.append([event('e1', { ...shown, ...other })])).toEqual([
          { eventId: 'e1', status: 'conflict', stored },
        ]);
      }
      // The time is the server's, and another one when the event is sent again.
      expect(await log.append([event('e1', { ...shown, atMs: 5 })])).toEqual([{ eventId: 'e1', status: 'duplicate' }]);
      expect(await log.append([event('e1', { userId: 'bob' })])).toMatchObject([{ status: 'conflict' }]);
      expect(await log.append([event('e2'), event('e2', { type: 'watched' }), event('e2')])).toMatchObject([
        ...[{ status: 'accepted' }, { status: 'conflict' }, { status: 'duplicate' }],
      ]);
      expect(await log.eventsAfter(0, 10)).toHaveLength(3);
    });

    describe('an undo', () => {
      const undo = (eventId: string, parts: Partial<FeedbackEvent> = {}) => event(eventId, { type: 'undo', ...parts });
      const standing = async (): Promise<string[]> => {
        const { itemIds, types } = await log.standingFeedback('ada', 0);
        return itemIds.map((itemId, at) => `${FEEDBACK_TYPES[types[at]!]} ${itemId}`);
      };

      it('removes the event that it names, and is stored with its item', async () => {
        await log.append([event('e1'), event('e2', { itemId: 'm2', type: 'click' })]);
        expect(await log.append([undo('u', { itemId: 'm9', undoes: 'e2' })])).toEqual([
          { eventId: 'u', status: 'accepted', undoneItemId: 'm2' },
        ]);
        const [e1, e2, u] = await log.eventsAfter(0, 10);
        expect(e1).not.toHaveProperty('undoneBy');
        expect(e2).toMatchObject({ eventId: 'e2', undoneBy: u?.sequence });
        expect(u).toMatchObject({
          eventId: 'u',
          itemId: 'm2',
          undoes: 'e2',
          undone: [{ eventId: 'e2', type: 'click' }],
        });
        // Sent again it is the same, whatever item it names.
        expect(await log.append([undo('u', { itemId: 'm9', undoes: 'e2' })])).toMatchObject([{ status: 'duplicate' }]);
        expect(await log.append([undo('u', { itemId: 'm9', undoes: 'e1' })])).toMatchObject([{ status: 'conflict' }]);
        expect(await standing()).toEqual(['like m1']);
      });

      it('without a name removes the latest like, dislike, watched or skip of the item', async () => {
        const types = ['like', 'watched', 'skip', 'click', 'impression'] as const;
        await log.append(types.map((type) => event(type, { type })));
        await log.append([event('other', { itemId: 'm2' }), event('bob', { userId: 'bob' })]);
        for (const [eventId, left] of [
          ['u1', ['like m1', 'watched m1', 'click m1', 'like m2']],
          ['u2', ['like m1', 'click m1', 'like m2']],
          ['u3', ['click m1', 'like m2']],
        ] as const) {
          expect(await log.append([undo(eventId)])).toMatchObject([{ status: 'accepted', undoneItemId: 'm1' }]);
          expect(await standing()).toEqual(left);
        }
        expect(await log.append([undo('u4')])).toEqual([{ eventId: 'u4', status: 'nothing_to_undo' }]);
      });

      it('of a type removes the latest of this type, however old, and nothing else of the item', async () => {
        await log.append([event('old like'), event('watched', { type: 'watched' })]);
        await log.append(Array.from({ length: 120 }, (_, index) => event(`other ${index}`, { itemId: `n${index}` })));
        await log.append([event('skip', { type: 'skip' })]);
        expect(await log.append([undo('u1', { undoType: 'like' })])).toMatchObject([{ undoneItemId: 'm1' }]);
        expect(await log.append([undo('u2', { undoType: 'like' }), undo('u3', { undoType: 'dislike' })])).toEqual([
          { eventId: 'u2', status: 'nothing_to_undo' },
          { eventId: 'u3', status: 'nothing_to_undo' },
        ]);
        const standing = await log.eventsOfUser('ada', { limit: 10, itemId: 'm1' });
        expect(standing.map(({ eventId, undoneBy }) => [eventId, undoneBy !== undefined])).toEqual([
          ['u1', false],
          ['skip', false],
          ['watched', false],
          ['old like', true],
        ]);
        expect(standing[0]).not.toHaveProperty('undoType');
      });

      it('has no effect on what is undone already, an impression, an undo or somebody else’s event', async () => {
        await log.append([event('e1'), event('seen', { type: 'impression' }), event('bobs', { userId: 'bob' })]);
        await log.append([undo('u1', { undoes: 'e1' })]);
        for (const undoes of ['e1', 'seen', 'u1']) {
          const eventId = `undo of ${undoes}`;
          expect(await log.append([undo(eventId, { undoes })])).toEqual([{ eventId, status: 'nothing_to_undo' }]);
        }
        expect(idsOf(await log.eventsAfter(0, 10))).toEqual(['e1', 'seen', 'bobs', 'u1']);
        await log.append([undo('u2', { undoes: 'bobs' })]);
        expect((await log.standingFeedback('bob', 0)).itemIds).toEqual(['m1']);
      });

      it('may follow what it removes in one batch, and counts once if it is sent again', async () => {
        const batch = [event('e1'), event('e2', { type: 'watched' }), undo('u1'), undo('u2'), undo('u3'), event('e3')];
        expect((await log.append(batch)).map(({ status }) => status)).toEqual([
          ...['accepted', 'accepted', 'accepted', 'accepted', 'nothing_to_undo', 'accepted'],
        ]);
        expect((await log.append(batch)).map(({ status }) => status)).toEqual([
          // The third undo was not stored, so that it now finds the event that came after it.
          ...['duplicate', 'duplicate', 'duplicate', 'duplicate', 'accepted', 'duplicate'],
        ]);
        expect((await log.eventsAfter(0, 10)).map(({ undone = [] }) => idsOf(undone))).toEqual([
          ...[[], [], ['e2'], ['e1'], [], ['e3']],
        ]);
      });

      it.each(['like', 'dislike', 'watched', 'skip', 'click'] as const)(
        'that comes before the %s it names removes it, in one batch, in two and after opening again',
        async (type) => {
          const [u1, e1] = [undo('u1', { undoes: 'e1' }), event('e1', { type })];
          const [u2, e2] = [undo('u2', { undoes: 'e2' }), event('e2', { type })];
          const [u3, e3] = [undo('u3', { undoes: 'e3' }), event('e3', { type })];
          expect((await log.append([u1, e1])).map(({ status }) => status)).toEqual(['accepted', 'accepted']);
          await log.append([u2]);
          await log.append([e2]);
          await log.append([u3]);
          await log.close();
          log = await fixture.open();
          expect(await log.append([e3])).toEqual([{ eventId: 'e3', status: 'accepted' }]);
          expect(await standing()).toEqual([]);
          expect((await log.append([u1, e1, e3])).map(({ status }) => status)).toEqual([
            ...['duplicate', 'duplicate', 'duplicate'],
          ]);
          // What never held is in no count, and neither is its undo.
          const all = await log.eventsAfter(0, 10);
          expect(all.map(({ undone }) => undone)).toEqual(Array.from({ length: 6 }, () => undefined));
          for (const each of all) if (each.type === type) expect(each.undoneBy).toBeLessThan(each.sequence);
          expect(await log.append([undo('again', { undoes: 'e1' }), undo('unnamed')])).toMatchObject([
            ...[{ status: 'nothing_to_undo' }, { status: 'nothing_to_undo' }],
          ]);
        },
      );

      it('removes the event that it names in any order, also when both are appended at the same time', async () => {
        const pairs = Array.from({ length: 20 }, (_, at) => [
          event(`e${at}`, { itemId: `m${at}` }),
          undo(`u${at}`, { itemId: `m${at}`, undoes: `e${at}` }),
        ]);
        await Promise.all(
          pairs.flatMap((pair, at) => (at % 2 ? pair : pair.toReversed())).map((one) => log.append([one])),
        );
        expect(await standing()).toEqual([]);
      });

      it('waits for the event of its own user, once, and removes no impression', async () => {
        await log.append([undo('u1', { undoes: 'e1' })]);
        expect(await log.append([undo('u2', { undoes: 'e1' })])).toMatchObject([{ status: 'nothing_to_undo' }]);
        await log.append([event('e1', { userId: 'bob' })]);
        expect((await log.standingFeedback('bob', 0)).itemIds).toEqual(['m1']);
        await log.append([event('e1', { type: 'impression' })]);
        expect(await log.impressionsOfUser('ada', 0)).toHaveLength(1);
        expect((await log.eventsAfter(0, 10)).at(-1)).not.toHaveProperty('undoneBy');
      });

      it('removes what repeats the event, too: a repeat adds nothing to take back', async () => {
        await log.append(Array.from({ length: 200 }, (_, at) => event(`like-${at}`)));
        await log.append([
          event('w1', { type: 'watched' }),
          event('other', { itemId: 'm2' }),
          event('w2', { type: 'watched' }),
        ]);
        await log.append([undo('u1')]);
        expect(await standing()).toEqual(['like m1', 'like m2']);
        await log.append([undo('u2')]);
        expect(await standing()).toEqual(['like m2']);
        const undos = (await log.eventsAfter(0, 1000)).filter(({ type }) => type === 'undo');
        expect(undos.map(({ undone = [] }) => undone.length)).toEqual([2, 200]);
        await log.append([event('a'), event('b'), undo('u3', { undoes: 'a' })]);
        expect(await standing()).toEqual(['like m2']);
      });

      it('restores what the event had replaced, however often either was repeated', async () => {
        const said = ['like', 'like', 'dislike', 'dislike', 'like', 'like'] as const;
        await log.append(said.map((type, at) => event(`e${at}`, { type })));
        await log.append([undo('u1')]);
        expect(await standing()).toEqual(['like m1', 'dislike m1']);
        await log.append([undo('u2')]);
        expect(await standing()).toEqual(['like m1']);
        await log.append([undo('u3')]);
        expect(await standing()).toEqual([]);
      });

      it('of a dislike leaves one like where there were two', async () => {
        const said = ['like', 'dislike', 'like'] as const;
        await log.append(said.map((type, at) => event(`e${at}`, { type })));
        await log.append([undo('u1', { undoes: 'e1' }), undo('u2')]);
        expect(await standing()).toEqual([]);
      });
    });

    it('folds to the same state from all events, from what holds, and from what changed since', async () => {
      const world = { userCount: 2, itemCount: 4, startMs: 1_700_000_000_000, stepMs: 60_000, hasOwnTimes: true };
      const indexOf = (itemId: string): number => ['m0', 'm1', 'm2', 'm3'].indexOf(itemId);
      await fc.assert(
        fc.asyncProperty(logEvents(world), fc.nat(60), fc.uuid(), async (generated, cut, run) => {
          // One log for all runs: their users differ.
          const own = (id: string) => `${run} ${id}`;
          const events = generated.map(({ eventId, userId, undoes, ...each }) => ({
            ...{ ...each, eventId: own(eventId), userId: own(userId) },
            ...defined({ undoes: undoes && own(undoes) }),
          }));
          await log.append(events.slice(0, cut));
          const before = await log.standingFeedback(own('u0'), 0);
          await log.append(events.slice(cut));
          const after = await log.standingFeedback(own('u0'), 0);
          const all = (await log.eventsOfUser(own('u0'), { limit: 1000 })).toReversed();
          const expected = Array.from(foldFeedback(all, indexOf).byItem);
          expect(Array.from(foldStanding(after, indexOf).byItem)).toEqual(expected);
          expect(after.throughSequence).toBe(all.findLast(({ type }) => type !== 'impression')?.sequence ?? 0);
          const changes = await log.standingFeedback(own('u0'), before.throughSequence);
          expect(changes.throughSequence).toBe(after.throughSequence);
          if (before.throughSequence > 0) expect(entriesOf(updated(before, changes))).toEqual(entriesOf(after));
        }),
        { numRuns: 50 },
      );
    });

    it('keeps what happened last, in whichever order it was received, and tells a late event of what was before', async () => {
      const late = (id: string, atMs: number, parts: Partial<FeedbackEvent> = {}) =>
        event(id, { atMs, receivedMs: 2000, ...parts });
      await log.append([
        event('now', { type: 'dislike', atMs: 1000 }),
        late('old', 500),
        late('older', 400),
        event('shown', { type: 'impression' }),
        late('newest', 1500, { type: 'watched', share: 0.9 }),
      ]);
      const state = foldStanding(await log.standingFeedback('ada', 0), () => 0).byItem.get(0);
      expect(state).toMatchObject({ taste: 'dislike', watched: true, share: 0.9, atMs: 1500 });
      expect(await log.timeOfNthNewest('ada', 1)).toBe(2000);
      const others = (await log.eventsAfter(0, 10)).map(({ othersOfPair = [] }) => idsOf(othersOfPair));
      expect(others).toEqual([[], ['now'], ['old', 'now'], [], ['older', 'old', 'now']]);
    });

    it('deletes a user’s events, gives no sequence again, and remembers the user', async () => {
      await log.append([event('e1'), event('e2', { type: 'undo' }), event('e3', { userId: 'bob' })]);
      await log.append([event('e4', { type: 'impression' }), event('e5', { userId: 'bob' }), event('e6')]);
      const last = (await log.eventsAfter(0, 10)).at(-1)?.sequence ?? 0;
      expect(await log.deletedAmong(['ada', 'bob'])).toEqual([]);
      expect(await log.deleteUser('ada', 1)).toBe(4);
      expect(idsOf(await log.eventsAfter(0, 10))).toEqual(['e3', 'e5']);
      expect(await log.eventsOfUser('ada', { limit: 10 })).toEqual([]);
      expect(await log.standingFeedback('ada', 0)).toMatchObject({ throughSequence: 0, itemIds: [] });
      expect(await log.deleteUser('ada', 2)).toBe(0);
      await log.close();
      log = await fixture.open();
      expect(await log.deletedAmong(['bob', 'ada', 'eve'])).toEqual(['ada']);
      // Somebody who comes back begins anew, with the same ids of events.
      expect(await log.append([event('e1')])).toEqual([{ eventId: 'e1', status: 'accepted' }]);
      expect((await log.eventsAfter(0, 10)).at(-1)?.sequence).toBeGreaterThan(last);
    });

    it('makes the events of one user those of another, at their places, once', async () => {
      await log.append([event('e1', { userId: 'bob', type: 'dislike' }), event('e1'), event('e2', { userId: 'bob' })]);
      await log.append([event('u1', { userId: 'bob', type: 'undo', undoes: 'e1' }), event('e3', { userId: 'eve' })]);
      const bob = { userIdx: 1000, userId: 'bob' };
      expect(await log.wasMerged(bob, 'ada')).toBe(false);
      expect(await log.mergeUsers(bob, 'ada', 1)).toBe(3);
      const all = await log.eventsAfter(0, 10);
      expect(all.map(({ userId, eventId, undoes }) => [userId, eventId, undoes])).toEqual([
        ['ada', 'e1~', undefined],
        ['ada', 'e1', undefined],
        ['ada', 'e2', undefined],
        ['ada', 'u1', 'e1~'],
        ['eve', 'e3', undefined],
      ]);
      expect((await log.standingFeedback('ada', 0)).itemIds).toEqual(['m1']);
      expect(await log.eventsOfUser('bob', { limit: 9 })).toEqual([]);
      expect(await log.mergeUsers(bob, 'ada', 2)).toBeUndefined();
      expect(await log.deletedAmong(['bob'])).toEqual([]);
      await log.close();
      log = await fixture.open();
      for (const from of [{ userIdx: 1000 }, { userId: 'bob' }]) {
        expect(await log.wasMerged(from, 'ada')).toBe(true);
        expect(await log.wasMerged(from, 'eve')).toBe(false);
      }
      for (const other of [{ userIdx: 1001 }, { userId: 'ada' }, {}]) {
        expect(await log.wasMerged(other, 'ada')).toBe(false);
      }
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

type Entry = readonly [sequence: number, itemId: string, type: number, atMs: number, share: number, isOwnTime: number];

function entriesOf({ itemIds, types, atMs, sequences, shares, isOwnTime }: StandingFeedback): Entry[] {
  return itemIds.map((itemId, at) => {
    return [sequences[at]!, itemId, types[at]!, atMs[at]!, shares[at]!, isOwnTime[at]!] as const;
  });
}

function updated(before: StandingFeedback, changes: StandingFeedback): StandingFeedback {
  const changed = new Set(changes.changedItemIds ?? before.itemIds);
  const kept = entriesOf(before).filter(([, itemId]) => !changed.has(itemId));
  const entries = [...kept, ...entriesOf(changes)].sort(([a], [b]) => a - b);
  return {
    throughSequence: changes.throughSequence,
    changedItemIds: null,
    itemIds: entries.map(([, itemId]) => itemId),
    types: Uint8Array.from(entries, ([, , type]) => type),
    atMs: Float64Array.from(entries, ([, , , atMs]) => atMs),
    sequences: Float64Array.from(entries, ([sequence]) => sequence),
    shares: Float64Array.from(entries, ([, , , , share]) => share),
    isOwnTime: Uint8Array.from(entries, ([, , , , , isOwnTime]) => isOwnTime),
  };
}
