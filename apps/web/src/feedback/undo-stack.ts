import type { FeedbackState } from '@matinee/contract';
import type { FeedbackAction } from './ledger.ts';

/** Something said of a title in this visit, with all that taking it back needs. */
export interface Choice {
  readonly eventId: string;
  readonly type: FeedbackAction;
  readonly userIdx: number;
  readonly itemIdx: number;
  /** As shown. */
  readonly title: string;
  /** What the server said before. */
  readonly before: FeedbackState | undefined;
}

/** The choices of this visit that stand, latest last. */
export function createUndoStack() {
  let stack: readonly Choice[] = [];
  return {
    push(choice: Choice): void {
      stack = [...stack.filter(({ eventId }) => eventId !== choice.eventId), choice];
    },
    remove(eventId: string): void {
      stack = stack.filter((choice) => choice.eventId !== eventId);
    },
    peek: (): Choice | undefined => stack.at(-1),
  };
}
