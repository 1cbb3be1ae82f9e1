import type { TasteProfile } from '@matinee/contract';
import { messages } from '../messages/current.ts';
import styles from './taste-summary.module.css';

const words = messages.taste;

/** Genres and decades of a history as bars, and how well known its titles are. */
export function TasteSummary({ taste }: { readonly taste: TasteProfile }) {
  if (taste.titleCount === 0) return null;
  const mostOfDecade = Math.max(1, ...taste.decades.map(({ count }) => count));
  return (
    <section className={styles.taste} aria-labelledby="taste-title">
      <div>
        <h2 id="taste-title">{words.heading}</h2>
        <p>{words.counted(taste.titleCount)}</p>
        <dl className={styles.facts}>
          {taste.meanRating !== null && (
            <div>
              <dt>{words.mean}</dt>
              <dd>{messages.title.mean(taste.meanRating)}</dd>
            </div>
          )}
          {taste.mainstream !== null && (
            <div>
              <dt>{words.mainstream}</dt>
              <dd>{words.mainstreamText(taste.mainstream)}</dd>
            </div>
          )}
        </dl>
      </div>
      <Bars
        heading={words.genres}
        bars={taste.genres.map(({ genre, share }) => ({ label: genre, size: share, text: words.share(share) }))}
      />
      <Bars
        heading={words.decades}
        bars={taste.decades.map(({ decade, count }) => ({
          label: words.decade(decade),
          size: count / mostOfDecade,
          text: String(count),
        }))}
      />
    </section>
  );
}

interface Bar {
  readonly label: string;
  /** From 0 to 1. */
  readonly size: number;
  readonly text: string;
}

function Bars({ heading, bars }: { readonly heading: string; readonly bars: readonly Bar[] }) {
  return (
    <div>
      <h3>{heading}</h3>
      <ul className={styles.bars}>
        {bars.map(({ label, size, text }) => (
          <li key={label}>
            <span>{label}</span>
            <i style={{ inlineSize: `${Math.round(100 * size)}%` }} />
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
