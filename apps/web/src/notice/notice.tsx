import type { ReactNode } from 'react';
import { messages } from '../messages/current.ts';
import styles from './notice.module.css';

interface NoticeProps {
  readonly text: string;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
  /** Whether the text is the page's heading. */
  readonly isHeading?: boolean;
  /** A notice in place of a page, or a strip within one. */
  readonly size?: 'page' | 'strip';
}

/** A message about something that failed or is missing, with an action. */
export function Notice({ text, onRetry, children, size = 'page', isHeading = false }: NoticeProps) {
  return (
    <div className={styles[size]} role={onRetry ? 'alert' : undefined}>
      {isHeading ? <h1 tabIndex={-1}>{text}</h1> : <p>{text}</p>}
      {onRetry && (
        <button type="button" className="button" data-kind="primary" data-icon="refresh" onClick={onRetry}>
          {messages.retry}
        </button>
      )}
      {children}
    </div>
  );
}
