import type { KeyboardEvent } from 'react';
import { neighbour } from './neighbour.ts';
import { belongsToWidget } from './shortcuts.ts';

/** What carries the focus of a card. */
export const CARD_LINK = '[data-card-link]';
const KEYS = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']);

function focusCard(element: HTMLElement): void {
  element.focus({ preventScroll: true });
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: calm ? 'auto' : 'smooth' });
}

/** Moves the focus between cards; put on what holds all lists of a page. Esc returns from a card's buttons to the card. */
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
  // The keys are ours on a card even at the edge: otherwise the page would jump there and only there.
  event.preventDefault();
  if (next !== undefined) focusCard(links[next]!);
}
