import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cards, expect, rows, test } from './test.ts';

const PROGRAM = path.join(import.meta.dirname, '../apps/cli/dist/main.js');

let home: string;
let server: ChildProcess;
let proxy: Server;
let shop: Server;
let site: string;
let key: string;

const originOf = (listening: Server): string => `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;

async function listen(handler: RequestListener): Promise<Server> {
  const listening = createServer(handler).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return listening;
}

/** Passes on what is below /matinee; everything else is 404. */
function startProxy(port: number): Promise<Server> {
  return listen((incoming, answer) => {
    if (!incoming.url?.startsWith('/matinee')) {
      answer.writeHead(404).end();
      return;
    }
    const { method, headers, url } = incoming;
    const passed = httpRequest({ port, host: '127.0.0.1', method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    incoming.pipe(passed);
  });
}

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(180_000);
  home = mkdtempSync(path.join(tmpdir(), 'matinee-sub-path-'));
  shop = await listen((_request, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Shop</title><p>A shop');
  });
  const made = spawnSync(
    process.execPath,
    [PROGRAM, 'keys', 'create', '--scope', 'read,write', '--name', 'shop', '--home', home],
    { encoding: 'utf8' },
  );
  key = made.stdout.trim();
  server = spawn(process.execPath, [
    ...[PROGRAM, 'start', '--until', 'v1', '--home', home, '--port', '0', '--json'],
    ...['--base-path', '/matinee', '--keys', 'on', '--demo', 'off', '--cors-origins', originOf(shop)],
  ]);
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const { url } = JSON.parse(String(line)) as { url: string };
  proxy = await startProxy(Number(new URL(url).port));
  site = originOf(proxy);
});

test.afterAll(async () => {
  proxy.close();
  shop.close();
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(home, { recursive: true, force: true });
});

test('below a path, the page works for a visitor who has no key', async ({ page }) => {
  const outside: string[] = [];
  page.on('request', (request) => {
    if (!new URL(request.url()).pathname.startsWith('/matinee')) outside.push(request.url());
  });
  await page.goto(`${site}/matinee/`);
  const card = cards(rows(page)).first();
  await expect(card).toBeVisible();
  await expect(card.locator('img')).toHaveJSProperty('complete', true);
  const link = card.getByRole('link').first();
  await link.click();
  await expect(page).toHaveURL(/\/matinee\/title\/\d+$/);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const sent = page.waitForResponse(
    (response) =>
      response.url().endsWith('/matinee/api/v1/events') && (response.request().postData() ?? '').includes('"like"'),
  );
  await page.getByRole('button', { name: /^like/i }).first().click();
  expect((await sent).status()).toBe(200);
  expect(outside).toEqual([]);
});

test('a page of another origin reads with a key, and shows posters', async ({ page }) => {
  await page.goto(originOf(shop));
  const list = await page.evaluate(
    async ({ address, apiKey }) => {
      const answer = await fetch(`${address}/matinee/recommend?user_idx=3&k=1`, { headers: { 'x-api-key': apiKey } });
      return (await answer.json()) as { items: { poster_url: string }[] };
    },
    { address: site, apiKey: key },
  );
  const poster = new URL(list.items[0]?.poster_url ?? '', site).href;
  const width = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    return image.naturalWidth;
  }, poster);
  expect(width).toBeGreaterThan(0);
});
