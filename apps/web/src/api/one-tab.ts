import { sharedName } from './stored.ts';

/**
 * Runs the work while no other tab runs work of this name, and resolves to its result. Where the browser has no locks
 * (they need HTTPS or localhost) it runs at once: what depends on it must be harmless to do twice.
 */
export function inOneTab<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = navigator as { locks?: LockManager | null };
  return locks === undefined || locks === null
    ? work()
    : (locks.request(sharedName(`matinee.${name}`), work) as Promise<T>);
}

/** What a tab says to the other tabs of the browser. */
interface TabChannel<Message> {
  readonly post: (message: Message) => void;
}

/** Opens a channel between the tabs. Its messages reach all of them but the one that sends. */
export function openTabChannel<Message>(name: string, onMessage: (message: Message) => void): TabChannel<Message> {
  if (typeof BroadcastChannel === 'undefined') return { post: () => undefined };
  const channel = new BroadcastChannel(sharedName(`matinee.${name}`));
  channel.onmessage = ({ data }: MessageEvent<Message>) => onMessage(data);
  return { post: (message) => channel.postMessage(message) };
}
