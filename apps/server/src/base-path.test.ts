import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUrlRewriter, readBasePath } from './http/base-path.ts';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const INDEX = `<!doctype html><meta name="matinee-base" content="" />
<script src="./theme.js"></script><link rel="stylesheet" href="./assets/main.css">`;

let webRoot: string;
let server: TestServer;
beforeAll(async () => {
  webRoot = await mkdtemp(path.join(os.tmpdir(), 'matinee-web-'));
  await mkdir(path.join(webRoot, 'assets'));
  await writeFile(path.join(webRoot, 'index.html'), INDEX);
  await writeFile(path.join(webRoot, 'assets', 'main.css'), 'body{}');
  server = await startTestServer({ webRoot, basePath: readBasePath('/matinee/') });
});
afterAll(async () => {
  await server.close();
  await rm(webRoot, { recursive: true });
});

const html = { accept: 'text/html' };

describe('readBasePath', () => {
  it.each([
    ['/matinee', '/matinee'],
    ['matinee/', '/matinee'],
    ['/apps/matinee/', '/apps/matinee'],
    ['/', ''],
    ['', ''],
  ])('reads %s as %s', (text, path) => expect(readBasePath(text)).toBe(path));

  it.each(['/a b', '/a?b', 'https://x/y', '/a//b', '/../x', '/"x'])('refuses %s', (text) =>
    expect(() => readBasePath(text)).toThrow('a base path looks like /matinee'),
  );

  it('refuses what the server has itself', () => {
    expect(() => readBasePath('/api')).toThrow('cannot begin with /api');
    expect(() => readBasePath('/assets/x')).toThrow('cannot begin with /assets');
  });
});

describe('createUrlRewriter', () => {
  it('takes the path off whole, and leaves other addresses', () => {
    const rewrite = (url: string) => createUrlRewriter('/matinee')({ url });
    expect(rewrite('/matinee/api/v1/home?userIdx=3')).toBe('/api/v1/home?userIdx=3');
    expect(rewrite('/matinee')).toBe('/');
    expect(rewrite('/matinee?user=3')).toBe('/?user=3');
    expect(rewrite('/matinee2/api')).toBe('/matinee2/api');
    expect(rewrite('/healthz')).toBe('/healthz');
  });
});

describe('below a base path', () => {
  it.each(['/matinee', '/matinee/', '/matinee/title/12', '/matinee/index.html', '/', '/title/12'])(
    'the page at %s names its files and itself below it',
    async (url) => {
      const { status, text } = await server.send({ url, headers: html });
      expect(status).toBe(200);
      expect(text).toContain('<meta name="matinee-base" content="/matinee" />');
      expect(text).toContain('src="/matinee/theme.js"');
      expect(text).toContain('href="/matinee/assets/main.css"');
    },
  );

  it.each(['/matinee/assets/main.css', '/assets/main.css'])('the files are at %s', async (url) => {
    expect(await server.send(url)).toMatchObject({ status: 200, text: 'body{}' });
  });

  it('every poster is named below it, and is there', async () => {
    const list = (await server.send('/matinee/recommend?user_idx=3&k=1')).json as { items: { poster_url: string }[] };
    const home = (await server.send('/matinee/api/v1/home?userIdx=3')).json as {
      rows: { items: { posterUrl: string }[] }[];
    };
    const item = (await server.send('/matinee/api/v1/items/3')).json as { posterUrl: string };
    const urls = [
      list.items[0]?.poster_url,
      item.posterUrl,
      ...home.rows.flatMap(({ items }) => items.map((each) => each.posterUrl)),
    ];
    for (const url of urls) expect(url).toMatch(/^\/matinee\/api\/v1\/items\/\d+\/poster\?v=/);
    expect((await server.send(urls[0] ?? '')).status).toBe(200);
  });

  it('an answer is cached once, whether the proxy takes the path off or not', async () => {
    await server.send('/matinee/recommend?user_idx=7');
    expect((await server.send('/recommend?user_idx=7')).headers['server-timing']).toBe('cache;desc=hit');
  });

  it('cookies stay below it', async () => {
    const answer = await server.post('/matinee/api/v1/users', {});
    expect(String(answer.headers['set-cookie'])).toContain('Path=/matinee;');
    const left = await server.send({ method: 'DELETE', url: '/matinee/api/v1/session' });
    expect(String(left.headers['set-cookie'])).toContain('Path=/matinee;');
  });

  it('earlier addresses lead below it', async () => {
    for (const url of ['/matinee/api/v1/movies/3?userIdx=3', '/api/v1/movies/3?userIdx=3']) {
      expect((await server.send(url)).headers['location']).toBe('/matinee/api/v1/items/3?userIdx=3');
    }
  });

  it('the description of the API names it', async () => {
    expect((await server.send('/matinee/openapi.json')).json).toMatchObject({ servers: [{ url: '/matinee' }] });
  });

  it('index.html is revalidated by its tag', async () => {
    const { headers } = await server.send({ url: '/matinee/', headers: html });
    expect(headers).toMatchObject({ 'cache-control': 'no-cache', vary: 'accept, accept-encoding' });
    const again = await server.send({
      url: '/matinee/title/1',
      headers: { ...html, 'if-none-match': String(headers['etag']) },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });
});
