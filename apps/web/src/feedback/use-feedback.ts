import type { FeedbackState } from '@matinee/contract';
import { useSyncExternalStore } from 'react';
import { ledger } from './feedback.ts';

/** What stands of a title for this viewer: the server's word, and this visit's choices on top. */
export function useFeedback(userIdx: number, itemIdx: number, server: FeedbackState): FeedbackState {
  useSyncExternalStore(ledger.subscribe, () => ledger.entryOf(userIdx, itemIdx));
  return ledger.stateOf(userIdx, itemIdx, server);
}
