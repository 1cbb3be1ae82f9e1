import { useEffect } from 'react';
import { messages } from '../messages/current.ts';

/** Names the page in the tab and the history. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = messages.pageTitle(title);
  }, [title]);
}
