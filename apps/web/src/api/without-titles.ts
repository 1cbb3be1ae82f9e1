import type { Card } from '@matinee/contract';

/**
 * Returns a part of an answer without these titles: lists lose their cards, and a field that holds the card of such a
 * title becomes null. Parts without them stay the same objects.
 */
export function withoutTitles<T>(value: T, gone: ReadonlySet<number>): T {
  return leaveOut(value, gone) as T;
}

function leaveOut(value: unknown, gone: ReadonlySet<number>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const left = value.filter((part) => !isCardOf(part, gone)).map((part) => leaveOut(part, gone));
    return left.length === value.length && left.every((part, index) => part === value[index]) ? value : left;
  }
  const fields = Object.entries(value).map(([name, part]) => [
    name,
    isCardOf(part, gone) ? null : leaveOut(part, gone),
  ]);
  return fields.every(([name, part]) => part === (value as Record<string, unknown>)[name as string])
    ? value
    : Object.fromEntries(fields);
}

/** A card, not the parameters of a reason or a row, which also name a title. */
function isCardOf(part: unknown, gone: ReadonlySet<number>): boolean {
  const card = part as { itemIdx?: unknown; posterUrl?: unknown } | null;
  return typeof card?.itemIdx === 'number' && typeof card.posterUrl === 'string' && gone.has(card.itemIdx);
}

/** Returns the cards in a part of an answer, by the index of their title. */
export function titlesIn(value: unknown, found = new Map<number, string>()): Map<number, string> {
  if (typeof value !== 'object' || value === null) return found;
  const { itemIdx, posterUrl, title } = value as { itemIdx?: unknown; posterUrl?: unknown; title?: unknown };
  if (typeof itemIdx === 'number' && typeof posterUrl === 'string') found.set(itemIdx, String(title));
  for (const part of Object.values(value)) titlesIn(part, found);
  return found;
}

/** Returns the whole cards in a part of an answer, by the index of their title. */
export function cardsIn(value: unknown, found = new Map<number, Card>()): Map<number, Card> {
  if (typeof value !== 'object' || value === null) return found;
  const card = value as Partial<Card>;
  if (typeof card.itemIdx === 'number' && typeof card.posterUrl === 'string' && card.genres && card.feedback) {
    const known = found.get(card.itemIdx);
    if (known?.why === undefined) found.set(card.itemIdx, card as Card);
  }
  for (const part of Object.values(value)) cardsIn(part, found);
  return found;
}
