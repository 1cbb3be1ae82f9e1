import styles from '../cards/row-skeleton.module.css';
import { RowSkeleton } from '../cards/row-skeleton.tsx';
import { messages } from '../messages/current.ts';

const ROWS = ['first', 'second', 'third'];

/** A placeholder with the home page's dimensions, so that nothing moves when the titles load. */
export function HomeSkeleton() {
  return (
    <div aria-busy="true">
      <p className="visually-hidden" role="status">
        {messages.loading}
      </p>
      <div className={styles.hero} data-hero />
      {ROWS.map((row) => (
        <RowSkeleton key={row} />
      ))}
    </div>
  );
}
