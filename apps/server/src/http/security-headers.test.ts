import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const TOKEN = 'a token of the operator';
let server: TestServer | undefined;

const policyOf = async (url: string): Promise<string> =>
  String((await server?.send(url))?.headers['content-security-policy']);

describe('the security headers', () => {
  afterEach(async () => server?.close());

  it('refuse a new item whose poster has an odd host, and every route still answers', async () => {
    server = await startTestServer({ catalogueToken: TOKEN });
    const posterUrl = 'https://img.example;script-src/x.png';
    const { status, text } = await server.send({
      method: 'POST',
      url: '/api/v1/items',
      headers: { authorization: `Bearer ${TOKEN}` },
      payload: { items: [{ itemId: 'odd', title: 'Odd', posterUrl }] },
    });
    expect([status, text]).toEqual([400, expect.stringContaining('posterUrl')]);
    for (const url of ['/healthz', '/readyz', '/api/v1/status', '/api/v1/home?userIdx=0']) {
      expect((await server.send(url)).status).toBe(200);
    }
  });

  it('answer whatever posters the catalogue holds, and name the plain hosts alone', async () => {
    const { dataset } = await createSmallWorld();
    const odd = ['https://a;b/x', 'https://*/x', 'https://img.example/y.png'];
    const posterUrls = dataset.items.posterUrls.map((_, item) => odd[item]);
    server = await startTestServer({ dataset: { ...dataset, items: { ...dataset.items, posterUrls } } });
    expect((await server.send('/healthz')).status).toBe(200);
    expect(await policyOf('/healthz')).toContain("img-src 'self' https://img.example;");
  });
});
