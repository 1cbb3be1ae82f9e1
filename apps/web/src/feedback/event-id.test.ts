import { afterEach, expect, it, vi } from 'vitest';
import { createEventId } from './event-id.ts';

afterEach(() => vi.unstubAllGlobals());

it('needs nothing that browsers keep for pages with TLS', () => {
  const { crypto } = globalThis;
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const ids = Array.from({ length: 100 }, createEventId);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});
