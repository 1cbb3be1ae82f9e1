import type { Card } from '@matinee/contract';
import { Link } from 'wouter';
import { ageOf } from '../cards/age-of.ts';
import { Poster } from '../cards/poster.tsx';
import { Why } from '../cards/why.tsx';
import { FeedbackButtons } from '../feedback/feedback-buttons.tsx';
import { useFeedback } from '../feedback/use-feedback.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { inspectValue } from '../navigation/inspect.ts';
import { titlePath } from '../navigation/routes.ts';
import styles from './hero.module.css';

interface HeroProps {
  readonly card: Card;
  readonly userIdx: number;
  readonly requestId: string;
  readonly why: string | undefined;
}

/** The top pick in a large format, with its reason. */
export function Hero({ card, userIdx, requestId, why }: HeroProps) {
  const state = useFeedback(userIdx, card.itemIdx, card.feedback);
  const title = displayTitle(card.title);
  const inspect = inspectValue(requestId, card.itemIdx);
  return (
    <section className={styles.hero} aria-labelledby="hero-title" data-hero data-inspect={inspect}>
      <div className={styles.backdrop} aria-hidden="true">
        <img src={card.posterUrl} alt="" width={342} height={513} />
      </div>
      <div className={styles.poster}>
        <Poster key={card.itemIdx} url={card.posterUrl} title={title} priority="first" />
      </div>
      <div className={styles.text}>
        <p className={styles.eyebrow}>{messages.homePage.topPick}</p>
        <h2 id="hero-title">{title}</h2>
        <p className={styles.meta}>
          {[card.year, ...card.genres.slice(0, 3), ageOf(card)].filter((part) => part).join(' · ')}
        </p>
        {why !== undefined && <Why text={why} inspect={inspect} className={styles.why} />}
        <div className={styles.actions}>
          <Link href={titlePath(card.itemIdx)} className="button" data-kind="primary">
            {messages.homePage.heroMore}
          </Link>
          <FeedbackButtons
            userIdx={userIdx}
            card={card}
            state={state}
            place={{ requestId, rowId: 'hero', position: 0 }}
            labelled
          />
        </div>
      </div>
    </section>
  );
}
