import { createEventId } from './event-id.ts';
import { logPassive, type Place } from './feedback.ts';
import type { QueuedEvent } from './outbox.ts';

/** A title counts as seen when half of it has been on screen for a second. */
const VISIBLE_SHARE = 0.5;
const VISIBLE_MS = 1000;
const FLUSH_MS = 5000;

interface Sight extends Place {
  readonly userIdx: number;
  readonly itemIdx: number;
}

const sights = new WeakMap<Element, Sight>();
const timers = new WeakMap<Element, ReturnType<typeof setTimeout>>();
const reported = new Set<string>();
let batch: QueuedEvent[] = [];
let flushTimer: ReturnType<typeof setTimeout> | undefined;
let observer: IntersectionObserver | undefined;

/** Sends the impressions since the last call. */
export function flushImpressions(): void {
  clearTimeout(flushTimer);
  flushTimer = undefined;
  const events = batch;
  batch = [];
  if (events.length > 0) logPassive(events);
}

function report(element: Element): void {
  const sight = sights.get(element);
  if (!sight) return;
  const { userIdx, ...rest } = sight;
  const key = `${userIdx}:${rest.requestId ?? ''}:${rest.rowId ?? ''}:${rest.itemIdx}`;
  if (reported.has(key)) return;
  reported.add(key);
  batch.push({ userIdx, event: { eventId: createEventId(), type: 'impression', ...rest } });
  flushTimer ??= setTimeout(flushImpressions, FLUSH_MS);
}

function onIntersect(entries: readonly IntersectionObserverEntry[]): void {
  for (const { target, intersectionRatio } of entries) {
    clearTimeout(timers.get(target));
    if (intersectionRatio >= VISIBLE_SHARE && document.visibilityState === 'visible')
      timers.set(
        target,
        setTimeout(() => report(target), VISIBLE_MS),
      );
  }
}

/** Observes one card. The returned function ends it. */
export function observeImpression(element: Element, sight: Sight): () => void {
  observer ??= new IntersectionObserver(onIntersect, { threshold: VISIBLE_SHARE });
  sights.set(element, sight);
  observer.observe(element);
  return () => {
    clearTimeout(timers.get(element));
    observer?.unobserve(element);
  };
}
