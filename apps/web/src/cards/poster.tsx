import { useState } from 'react';
import { artOf } from './art-of.ts';
import styles from './poster.module.css';

interface PosterProps {
  readonly url: string;
  readonly title: string;
  /** Posters in the first view load at once, and the very first one before the others. */
  readonly priority?: 'first' | 'early' | 'lazy';
}

/** A poster in a fixed 2:3 box. Its title is text beside it, so the image is hidden from screen readers. */
export function Poster({ url, title, priority = 'lazy' }: PosterProps) {
  const [failed, setFailed] = useState(false);
  return (
    <span className={styles.poster} data-poster>
      {failed ? (
        <span className={styles.fallback} aria-hidden="true">
          {title}
        </span>
      ) : (
        <img
          src={artOf(url)}
          alt=""
          width={342}
          height={513}
          decoding="async"
          loading={priority === 'lazy' ? 'lazy' : 'eager'}
          fetchPriority={priority === 'first' ? 'high' : 'auto'}
          onError={() => setFailed(true)}
        />
      )}
    </span>
  );
}
