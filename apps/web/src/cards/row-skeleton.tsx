import rowStyles from './row.module.css';
import styles from './row-skeleton.module.css';

const CARDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

/** A placeholder with a row's exact dimensions. */
export function RowSkeleton() {
  return (
    <div className={`${rowStyles.row} ${styles.row}`} aria-hidden="true">
      <div className={rowStyles.head}>
        <span className={styles.heading} />
      </div>
      <ul className={`${rowStyles.list} ${styles.list}`}>
        {CARDS.map((card) => (
          <li key={card}>
            <span className={styles.poster} />
            <span className={styles.line} />
            <span className={styles.line} />
          </li>
        ))}
      </ul>
    </div>
  );
}
