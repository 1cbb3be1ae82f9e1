import type { ItemResponse } from '@matinee/contract';
import { messages } from '../messages/current.ts';
import styles from './rating-histogram.module.css';
import { ratingSlots } from './rating-slots.ts';

const words = messages.title;

/** Mean, count and one bar for each rating that could be given. Every bar has its count as a label. */
export function RatingHistogram({ ratings }: { ratings: NonNullable<ItemResponse['ratings']> }) {
  const { count, mean, histogram } = ratings;
  const largest = Math.max(...histogram.map((bar) => bar.count), 1);
  return (
    <div className={styles.ratings}>
      <p className={styles.mean}>
        <strong>{words.mean(mean)}</strong> {words.onAverage}
        <span>{words.ratingCount(count)}</span>
      </p>
      <ul className={styles.bars}>
        {ratingSlots(histogram).map((bar) => (
          <li key={bar.value}>
            <span className="visually-hidden">{words.bar(bar.value, bar.count)}</span>
            <i
              style={{ blockSize: `${bar.count === 0 ? 0 : Math.max(2, (100 * bar.count) / largest)}%` }}
              title={words.bar(bar.value, bar.count)}
            />
            <b aria-hidden="true">{Number.isInteger(bar.value) ? bar.value : ''}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
