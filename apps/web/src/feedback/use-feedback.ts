import type { FeedbackState } from '@matinee/contract';
import { useSyncExternalStore } from 'react';
import { ledger } from './feedback.ts';

/** The viewer's feedback on a title: the server's state with this visit's choices applied. */
export function useFeedback(userIdx: number, itemIdx: number, server: FeedbackState): FeedbackState {
  useSyncExternalStore(ledger.subscribe, () => ledger.entryOf(userIdx, itemIdx));
  return ledger.stateOf(userIdx, itemIdx, server);
}
