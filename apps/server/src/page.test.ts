import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startTestServer } from './testing/test-server.ts';

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the page', () => {
  it('is index.html for every address of its own, and files under their names', async () => {
    const webRoot = await mkdtemp(path.join(os.tmpdir(), 'matinee-web-'));
    await mkdir(path.join(webRoot, 'assets'));
    await writeFile(path.join(webRoot, 'index.html'), '<!doctype html><title>Matinee</title>');
    await writeFile(path.join(webRoot, 'assets', 'main-abc123.js'), 'export {};');
    const server = await startTestServer({ webRoot });
    for (const url of ['/', '/title/12', '/search?q=x', '/search?q=100%', '/search?q=%EF%BF%BD']) {
      expect(await server.send({ url, headers: html }), url).toMatchObject({
        status: 200,
        text: '<!doctype html><title>Matinee</title>',
        headers: { 'cache-control': 'no-cache', 'content-type': 'text/html; charset=utf-8' },
      });
    }
    // The `accept` header of `curl` and of probes.
    expect(await server.send('/')).toMatchObject({ status: 200, text: '<!doctype html><title>Matinee</title>' });
    expect(await server.send('/assets/main-abc123.js')).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'public, max-age=31536000, immutable' },
    });
    // A missing script and an unknown API address must not be answered with the page.
    expect((await server.send({ url: '/assets/main-old.js', headers: html })).status).toBe(404);
    expect((await server.send({ url: '/api/v1/nothing', headers: html })).status).toBe(404);
    expect((await server.send('/title/12')).status).toBe(404);
    await server.close();
    await rm(webRoot, { recursive: true });
  });

  it('says so when it is not built', async () => {
    const server = await startTestServer({ webRoot: path.join(os.tmpdir(), 'matinee-nothing-here') });
    expect(await server.send({ url: '/', headers: html })).toMatchObject({
      status: 404,
      json: { code: 'PAGE_NOT_BUILT', message: 'the page is not built; run: npm run build' },
    });
    expect((await server.send('/recommend?user_idx=1')).status).toBe(200);
    await server.close();
  });
});
