import { afterEach, expect, it, vi } from 'vitest';
import { createClient } from './create-client.ts';

afterEach(() => vi.unstubAllGlobals());

it('gives feedback ids of its own on pages without TLS, where crypto.randomUUID is missing', async () => {
  const { crypto } = globalThis;
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const ids: string[] = [];
  const client = createClient({
    baseUrl: 'http://matinee.test',
    async fetch(request) {
      ids.push(((await request.json()) as { event_id: string }).event_id);
      return Response.json({ event_id: ids.at(-1), status: 'accepted' });
    },
  });
  const body = { user_idx: 1, item_idx: 2, event: 'like' } as const;
  await client.POST('/feedback', { body });
  await client.POST('/feedback', { body });
  await client.POST('/feedback', { body: { ...body, event_id: 'one-of-mine' } });
  expect(ids).toEqual([
    expect.stringMatching(/^[0-9a-f]{32}$/),
    expect.stringMatching(/^[0-9a-f]{32}$/),
    'one-of-mine',
  ]);
  expect(ids[0]).not.toBe(ids[1]);
});
