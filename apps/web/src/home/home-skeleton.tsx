import styles from '../cards/row-skeleton.module.css';
import { RowSkeleton } from '../cards/row-skeleton.tsx';
import { messages } from '../messages/current.ts';

const ROWS = ['first', 'second', 'third'];

/** The home's boxes before its titles: nothing moves when they arrive. */
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
