import { useState } from 'react';
import styles from './poster.module.css';

interface PosterProps {
  readonly url: string;
  readonly title: string;
  /** In the first view: loaded at once, and the very first one before others. */
  readonly priority?: 'first' | 'early' | 'lazy';
}

/** A poster in its fixed 2:3 box. The title stands beside it as text, so the image itself says nothing to a screen reader. */
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
          src={url}
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
