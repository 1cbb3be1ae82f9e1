import { useEffect } from 'react';
import { messages } from '../messages/current.ts';

/** Sets the page's title in the tab and the browser history. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = messages.pageTitle(title);
  }, [title]);
}
