import { type Catalogue, growCatalogue } from '@matinee/models/data';
import { createSmallWorld } from '@matinee/recommender/testing';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import type { App } from './app.ts';
import { addSecurityHeaders } from './security-headers.ts';

const TOKEN = 'a token of the operator';
let server: TestServer | undefined;

const policyOf = async (url: string): Promise<string> =>
  String((await server?.send(url))?.headers['content-security-policy']);

describe('the security headers', () => {
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

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

  it('read each poster once, however often the catalogue grows', async () => {
    const { dataset } = await createSmallWorld();
    let reads = 0;
    const posterUrls = new Proxy(
      dataset.items.posterUrls.map(() => 'https://img.example/y.png'),
      {
        get(target, name, receiver) {
          if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
          return Reflect.get(target, name, receiver);
        },
      },
    );
    let served: Catalogue = { ...dataset.items, posterUrls };
    const app = fastify();
    addSecurityHeaders(app as unknown as App, () => served);
    app.get('/', () => 'yes');
    await app.inject('/');
    expect(reads).toBe(posterUrls.length);
    served = growCatalogue(served, [{ id: 'new', posterUrl: 'https://other.example/z.png' }]);
    reads = 0;
    const { headers } = await app.inject('/');
    expect(String(headers['content-security-policy'])).toContain("'self' https://img.example https://other.example;");
    expect(reads).toBe(0);
    await app.close();
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
