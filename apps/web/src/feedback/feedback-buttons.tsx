import type { Card, FeedbackState } from '@matinee/contract';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { giveFeedback, type Place } from './feedback.ts';
import styles from './feedback-buttons.module.css';
import { type FeedbackAction, isOn } from './ledger.ts';

const ACTIONS: readonly FeedbackAction[] = ['like', 'dislike', 'watched', 'skip'];

interface FeedbackButtonsProps {
  readonly userIdx: number;
  readonly card: Pick<Card, 'itemIdx' | 'title' | 'feedback'>;
  /** The current state, including this visit's choices. */
  readonly state: FeedbackState;
  readonly place?: Place;
  /** Whether the icons have labels. */
  readonly labelled?: boolean;
  readonly tabIndex?: number;
}

/** The buttons like, not for me, watched and skip. Pressing an active button undoes it. */
export function FeedbackButtons({ userIdx, card, state, place, labelled = false, tabIndex }: FeedbackButtonsProps) {
  const title = displayTitle(card.title);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend in every card
    <div
      className={labelled ? styles.labelled : styles.compact}
      role="group"
      aria-label={messages.feedback.group(title)}
    >
      {ACTIONS.map((type) => (
        <button
          key={type}
          type="button"
          data-icon={type}
          data-feedback={type}
          aria-pressed={isOn(state, type)}
          aria-label={messages.feedback.action(type, title)}
          title={messages.feedback.name(type)}
          tabIndex={tabIndex}
          onClick={() => giveFeedback(userIdx, card, type, card.feedback, place)}
        >
          {labelled && messages.feedback.name(type)}
        </button>
      ))}
    </div>
  );
}
