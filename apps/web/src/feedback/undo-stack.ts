import type { FeedbackState } from '@matinee/contract';
import type { FeedbackAction } from './ledger.ts';

/** Feedback that was given in this visit, with everything that undoing it needs. */
export interface Choice {
  readonly eventId: string;
  readonly type: FeedbackAction;
  readonly userIdx: number;
  readonly itemIdx: number;
  /** The title as shown on the page. */
  readonly title: string;
  /** The server's state before it. */
  readonly before: FeedbackState | undefined;
}

/** The choices of this visit that were not undone, latest last. */
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
