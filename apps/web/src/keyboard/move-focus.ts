import type { KeyboardEvent } from 'react';
import { neighbour } from './neighbour.ts';
import { belongsToWidget } from './shortcuts.ts';

/** The element of a card that takes the focus. */
export const CARD_LINK = '[data-card-link]';
const KEYS = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']);

function focusCard(element: HTMLElement): void {
  element.focus({ preventScroll: true });
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: calm ? 'auto' : 'smooth' });
}

/**
 * Moves the focus between cards; for the element that holds all lists. Esc returns from a card's buttons to the card.
 */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  if (event.defaultPrevented || event.altKey || event.metaKey || belongsToWidget(event.target)) return;
  const target = event.target as HTMLElement;
  const current = target.closest('[data-card]')?.querySelector<HTMLElement>(CARD_LINK);
  if (!current) return;
  if (event.key === 'Escape' && target !== current) {
    event.preventDefault();
    focusCard(current);
    return;
  }
  if (!KEYS.has(event.key)) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>(CARD_LINK)];
  const lists = [...event.currentTarget.querySelectorAll('[data-card-list]')];
  const boxes = links.map((link) => {
    const { left, top, width, height } = link.closest('[data-card]')!.getBoundingClientRect();
    return { list: lists.indexOf(link.closest('[data-card-list]')!), left, top, width, height };
  });
  const rtl = getComputedStyle(event.currentTarget).direction === 'rtl';
  const next = neighbour(boxes, links.indexOf(current), { key: event.key, ctrlKey: event.ctrlKey, rtl });
  // Arrow keys on a card never scroll the page, not even at the edge of a list.
  event.preventDefault();
  if (next !== undefined) focusCard(links[next]!);
}
