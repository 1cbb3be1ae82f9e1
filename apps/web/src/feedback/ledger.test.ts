import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEvent, createLedger, type FeedbackAction } from './ledger.ts';

const NOTHING = { taste: null, watched: false, skipped: false };

describe('applyEvent', () => {
  it('lets like and dislike replace each other', () => {
    expect(applyEvent(applyEvent(NOTHING, 'like'), 'dislike').taste).toBe('dislike');
    expect(applyEvent(applyEvent(NOTHING, 'dislike'), 'like').taste).toBe('like');
  });

  it('keeps watched and skipped beside taste', () => {
    const state = applyEvent(applyEvent(applyEvent(NOTHING, 'like'), 'watched'), 'skip');
    expect(state).toEqual({ taste: 'like', watched: true, skipped: true });
  });
});

function newLedger() {
  let moment = 0;
  return createLedger(() => ++moment);
}

describe('createLedger', () => {
  it('shows the server’s word where nothing was said', () => {
    const server = { ...NOTHING, watched: true };
    expect(newLedger().stateOf(1, 2, server)).toBe(server);
  });

  it('shows a choice at once and for its viewer and title only', () => {
    const ledger = newLedger();
    ledger.record(1, 2, { eventId: 'a', type: 'like' }, NOTHING);
    expect(ledger.stateOf(1, 2, NOTHING).taste).toBe('like');
    expect(ledger.stateOf(1, 3, NOTHING).taste).toBeNull();
    expect(ledger.stateOf(9, 2, NOTHING).taste).toBeNull();
  });

  it('rolls back to the snapshot, not to what a late answer says', () => {
    const ledger = newLedger();
    ledger.record(1, 2, { eventId: 'a', type: 'like' }, NOTHING);
    ledger.remove(1, 2, 'a');
    const lateAnswer = { ...NOTHING, taste: 'like' as const };
    expect(ledger.stateOf(1, 2, lateAnswer).taste).toBeNull();
  });

  it('rolls back one choice and leaves later ones standing', () => {
    const ledger = newLedger();
    ledger.record(1, 2, { eventId: 'a', type: 'like' }, NOTHING);
    ledger.record(1, 2, { eventId: 'b', type: 'watched' }, NOTHING);
    ledger.remove(1, 2, 'a');
    expect(ledger.stateOf(1, 2, NOTHING)).toEqual({ taste: null, watched: true, skipped: false });
  });

  it('returns to the earlier taste when the later one is taken back', () => {
    const ledger = newLedger();
    ledger.record(1, 2, { eventId: 'a', type: 'like' }, NOTHING);
    ledger.record(1, 2, { eventId: 'b', type: 'dislike' }, NOTHING);
    ledger.remove(1, 2, 'b');
    expect(ledger.stateOf(1, 2, NOTHING).taste).toBe('like');
  });

  it('is back at the start once everything said is taken back, in any order', () => {
    const actions = fc.array(fc.constantFrom<FeedbackAction>('like', 'dislike', 'watched', 'skip'), { maxLength: 8 });
    const start = fc.record({
      taste: fc.constantFrom('like' as const, 'dislike' as const, null),
      watched: fc.boolean(),
      skipped: fc.boolean(),
    });
    fc.assert(
      fc.property(actions, start, fc.integer(), (said, server, order) => {
        const ledger = newLedger();
        const ids = said.map((type, index) => {
          ledger.record(1, 2, { eventId: `event-${index}`, type }, server);
          return `event-${index}`;
        });
        ids.sort((a, b) => (a < b ? -1 : 1) * (order % 2 === 0 ? 1 : -1));
        for (const id of ids) ledger.remove(1, 2, id);
        expect(ledger.stateOf(1, 2, server)).toEqual(server);
      }),
    );
  });

  it('keeps the same entry object until it changes, as React needs', () => {
    const ledger = newLedger();
    ledger.record(1, 2, { eventId: 'a', type: 'like' }, NOTHING);
    const entry = ledger.entryOf(1, 2);
    ledger.record(1, 3, { eventId: 'b', type: 'like' }, NOTHING);
    ledger.record(1, 2, { eventId: 'a', type: 'like' }, NOTHING);
    expect(ledger.entryOf(1, 2)).toBe(entry);
    expect(ledger.likedItems(1)).toEqual([2, 3]);
  });

  describe('when the server answers', () => {
    const LIKED = { ...NOTHING, taste: 'like' as const };
    const answer = (asOf: number, feedback: Parameters<typeof applyEvent>[0]) => ({
      userIdx: 1,
      cards: [{ itemIdx: 2, feedback }],
      asOf,
    });
    function ledgerWithLike() {
      let moment = 0;
      const nextMoment = () => ++moment;
      const ledger = createLedger(nextMoment);
      ledger.record(1, 2, { eventId: 'a', type: 'like' }, NOTHING);
      return { ledger, nextMoment };
    }

    it('holds a choice until the server has stored it', () => {
      const { ledger, nextMoment } = ledgerWithLike();
      ledger.observe(answer(nextMoment(), NOTHING));
      expect(ledger.stateOf(1, 2, NOTHING).taste).toBe('like');
    });

    it('takes the word of an answer that was requested after that, whatever was said here', () => {
      const { ledger, nextMoment } = ledgerWithLike();
      ledger.markStored(1, 2, 'a');
      ledger.observe(answer(nextMoment(), NOTHING));
      expect(ledger.stateOf(1, 2, LIKED).taste).toBeNull();
    });

    it('takes no word of an answer that was requested before', () => {
      const { ledger, nextMoment } = ledgerWithLike();
      const asOf = nextMoment();
      ledger.markStored(1, 2, 'a');
      ledger.observe(answer(asOf, NOTHING));
      expect(ledger.stateOf(1, 2, NOTHING).taste).toBe('like');
    });

    it('takes no word of an answer older than the last', () => {
      const { ledger, nextMoment } = ledgerWithLike();
      ledger.markStored(1, 2, 'a');
      const asOf = nextMoment();
      ledger.observe(answer(nextMoment(), LIKED));
      ledger.observe(answer(asOf, NOTHING));
      expect(ledger.stateOf(1, 2, NOTHING).taste).toBe('like');
    });

    it('takes back by name what is here and by type what the server knows', () => {
      const { ledger, nextMoment } = ledgerWithLike();
      ledger.record(1, 2, { eventId: 'b', type: 'watched' }, NOTHING);
      ledger.record(1, 2, { eventId: 'u', type: 'like', undoes: 'a' }, NOTHING);
      expect(ledger.stateOf(1, 2, NOTHING)).toEqual({ ...NOTHING, watched: true });
      ledger.markStored(1, 2, 'a');
      // The like is part of the answer now; its undo still waits.
      ledger.observe(answer(nextMoment(), LIKED));
      expect(ledger.stateOf(1, 2, NOTHING)).toEqual({ ...NOTHING, watched: true });
      ledger.record(1, 2, { eventId: 'v', type: 'watched', undoes: null }, NOTHING);
      expect(ledger.stateOf(1, 2, NOTHING)).toEqual(NOTHING);
      ledger.remove(1, 2, 'v');
      expect(ledger.stateOf(1, 2, NOTHING).watched).toBe(true);
    });
  });
});
