import type { Card, Explanation } from '@matinee/contract';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { ageOf } from '../cards/age-of.ts';
import { artOf } from '../cards/art-of.ts';
import { Poster } from '../cards/poster.tsx';
import { Why } from '../cards/why.tsx';
import { FeedbackButtons } from '../feedback/feedback-buttons.tsx';
import { observeImpression } from '../feedback/impressions.ts';
import { useFeedback } from '../feedback/use-feedback.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { inspectValue } from '../navigation/inspect.ts';
import { titlePath } from '../navigation/routes.ts';
import styles from './hero.module.css';

interface HeroProps {
  /** At least one, best first. */
  readonly picks: readonly Card[];
  readonly userIdx: number;
  readonly requestId: string;
  readonly whyOf: (why: Explanation) => string;
}

const words = messages.homePage;

/** The top picks, one of them in a large format with its reason; the others are a press away. */
export function Hero({ picks, userIdx, requestId, whyOf }: HeroProps) {
  const [chosen, setChosen] = useState(picks[0]?.itemIdx);
  const position = Math.max(
    0,
    picks.findIndex(({ itemIdx }) => itemIdx === chosen),
  );
  const card = picks[position]!;
  const { itemIdx, propensity } = card;
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    const place = { requestId, rowId: 'hero', position, ...(propensity === undefined ? {} : { propensity }) };
    return observeImpression(section.current!, { userIdx, itemIdx, ...place });
  }, [userIdx, itemIdx, requestId, position, propensity]);
  const state = useFeedback(userIdx, itemIdx, card.feedback);
  const title = displayTitle(card.title);
  const inspect = inspectValue(requestId, card.itemIdx);
  return (
    <section ref={section} className={styles.hero} aria-labelledby="hero-title" data-hero data-inspect={inspect}>
      <div className={styles.backdrop} aria-hidden="true">
        <img src={artOf(card.posterUrl)} alt="" width={342} height={513} />
      </div>
      <div className={styles.poster}>
        <Poster key={itemIdx} url={card.posterUrl} title={title} priority="first" />
      </div>
      <div className={styles.text}>
        <p className={styles.eyebrow}>{words.topPick}</p>
        <h2 id="hero-title">{title}</h2>
        <p className={styles.meta}>
          {[card.year, ...card.genres.slice(0, 3), ageOf(card)].filter((part) => part).join(' · ')}
        </p>
        {card.why && <Why text={whyOf(card.why)} inspect={inspect} className={styles.why} />}
        <div className={styles.actions}>
          <FeedbackButtons
            userIdx={userIdx}
            card={card}
            state={state}
            place={{ requestId, rowId: 'hero', position }}
            labelled
          />
          <Link href={titlePath(itemIdx)} className="button">
            {words.heroMore}
          </Link>
        </div>
      </div>
      {picks.length > 1 && (
        <fieldset className={styles.picks}>
          <legend className="visually-hidden">{words.picks}</legend>
          {picks.map((pick, index) => (
            <button
              key={pick.itemIdx}
              type="button"
              aria-pressed={index === position}
              aria-label={words.pick(index + 1, displayTitle(pick.title))}
              onClick={() => setChosen(pick.itemIdx)}
            >
              <Poster url={pick.posterUrl} title={displayTitle(pick.title)} priority="early" />
            </button>
          ))}
        </fieldset>
      )}
    </section>
  );
}
