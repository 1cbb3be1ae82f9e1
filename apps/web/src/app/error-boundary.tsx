import { Component, type ReactNode } from 'react';
import { messages } from '../messages/current.ts';
import styles from '../notice/notice.module.css';

/** Catches rendering errors and shows a message with a reload button instead of an empty page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <main className={styles.page} role="alert">
        <h1>{messages.crash.title}</h1>
        <p>{messages.crash.text}</p>
        <button type="button" className="button" data-kind="primary" onClick={() => window.location.reload()}>
          {messages.crash.action}
        </button>
      </main>
    );
  }
}
