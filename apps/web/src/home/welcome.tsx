import type { Card } from '@matinee/contract';
import { Poster } from '../cards/poster.tsx';
import { useTabStop } from '../cards/use-tab-stop.ts';
import { giveFeedback } from '../feedback/feedback.ts';
import { useFeedback } from '../feedback/use-feedback.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { useWelcomeTitles, WELCOME_TITLES } from './use-welcome-titles.ts';
import styles from './welcome.module.css';

/** After so many likes the invitation gives way to the page itself. */
export const WELCOME_GOAL = 3;
const STEPS = [1, 2, 3];
const PLACES = Array.from({ length: WELCOME_TITLES }, (_, place) => place);

const words = messages.welcome;

interface WelcomeProps {
  readonly userIdx: number;
  readonly likeCount: number;
  /** Whether a page based on the likes is ready. */
  readonly hasPicks: boolean;
  readonly onShowPicks: () => void;
}

/**
 * Replaces the hero for viewers without a history: posters to like with one press each, and the progress. The first row
 * below it follows from the likes so far, see `use-first-row.ts`.
 */
export function Welcome({ userIdx, likeCount, hasPicks, onShowPicks }: WelcomeProps) {
  const titles = useWelcomeTitles(userIdx);
  const [tabStop, onFocus] = useTabStop(titles?.[0]?.itemIdx);
  return (
    <section className={styles.welcome} aria-labelledby="welcome-title" data-hero>
      <div className={styles.head}>
        <h2 id="welcome-title">{words.title}</h2>
        <p className={styles.progress}>
          {STEPS.map((step) => (
            <i key={step} data-on={step <= likeCount} />
          ))}
          <span role="status">{words.progress(likeCount, WELCOME_GOAL)}</span>
        </p>
      </div>
      <p className={styles.text}>{words.text}</p>
      <ul className={styles.grid} aria-label={words.grid} data-welcome data-card-list>
        {titles === undefined
          ? PLACES.map((place) => (
              <li key={place} aria-hidden="true">
                <span className={styles.box} />
              </li>
            ))
          : titles.map((card, position) => (
              <li key={card.itemIdx} data-card={card.itemIdx} onFocus={() => onFocus(card.itemIdx)}>
                <LikeButton card={card} userIdx={userIdx} position={position} isTabStop={card.itemIdx === tabStop} />
              </li>
            ))}
      </ul>
      <div className={styles.actions}>
        {hasPicks && (
          <button type="button" className="button" data-kind="primary" onClick={onShowPicks}>
            {words.showPicks}
          </button>
        )}
        <button
          type="button"
          className="button"
          data-icon="search"
          onClick={() => document.querySelector<HTMLElement>('[role="combobox"]')?.focus()}
        >
          {words.find}
        </button>
      </div>
    </section>
  );
}

interface LikeButtonProps {
  readonly card: Card;
  readonly userIdx: number;
  readonly position: number;
  /** True for the one poster that the Tab key reaches; arrow keys reach the others. */
  readonly isTabStop: boolean;
}

function LikeButton({ card, userIdx, position, isTabStop }: LikeButtonProps) {
  const isLiked = useFeedback(userIdx, card.itemIdx, card.feedback).taste === 'like';
  const title = displayTitle(card.title);
  return (
    <button
      type="button"
      className={styles.like}
      data-card-link
      tabIndex={isTabStop ? 0 : -1}
      aria-pressed={isLiked}
      aria-label={messages.feedback.action('like', title)}
      onClick={() => giveFeedback(userIdx, card, 'like', card.feedback, { rowId: 'welcome', position })}
    >
      <Poster url={card.posterUrl} title={title} priority="early" />
      <span className={styles.heart} data-icon="like" aria-hidden="true" />
      <span className={styles.name}>{title}</span>
    </button>
  );
}
