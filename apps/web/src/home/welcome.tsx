import { messages } from '../messages/current.ts';
import styles from './hero.module.css';

const GOAL = 3;
const STEPS = [1, 2, 3];

interface WelcomeProps {
  readonly likeCount: number;
  /** Whether a page based on the likes is ready. */
  readonly hasPicks: boolean;
  readonly onShowPicks: () => void;
}

/** Replaces the hero for viewers without a history: an invitation to like titles, and the progress. */
export function Welcome({ likeCount, hasPicks, onShowPicks }: WelcomeProps) {
  const words = messages.welcome;
  return (
    <section className={`${styles.hero} ${styles.welcome}`} aria-labelledby="welcome-title" data-hero>
      <div className={styles.backdrop} aria-hidden="true" />
      <div className={styles.text}>
        <h2 id="welcome-title">{words.title}</h2>
        <p className={styles.why}>{likeCount >= GOAL ? words.done : words.text}</p>
        <p className={styles.progress}>
          {STEPS.map((step) => (
            <i key={step} data-on={step <= likeCount} />
          ))}
          <span role="status">{words.progress(likeCount, GOAL)}</span>
        </p>
        <div className={styles.actions}>
          {hasPicks && (
            <button type="button" className="button" data-kind="primary" data-icon="refresh" onClick={onShowPicks}>
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
      </div>
    </section>
  );
}
