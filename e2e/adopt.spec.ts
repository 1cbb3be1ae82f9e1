import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium } from '@playwright/test';
import { expect, test } from './test.ts';

/**
 * docs/adopt.md from its first to its last block, in order: files are written, commands run, and a `json` block is the
 * answer to the last command. Names and paths stay those of the page; only ports are free ones, and what the page puts
 * below /etc and /srv goes into a folder of the test.
 */
const ROOT = path.dirname(import.meta.dirname);
const PAGE = readFileSync(path.join(ROOT, 'docs/adopt.md'), 'utf8');
const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync);
/** Nobody of Debian: nginx runs without rights of its own here. */
const NOBODY = 65_534;

interface Block {
  /** What the comment before it says: `file: PATH`, `keeps running`, or empty. */
  readonly note: string;
  readonly language: string;
  readonly text: string;
}

/** The blocks of a document, and its notes that stand alone as blocks without text. */
function readBlocks(text: string): readonly Block[] {
  const pattern = /(?:<!-- (.+) -->\n)?```(\w*)\n([\s\S]*?)```|<!-- (.+) -->/g;
  return Array.from(text.matchAll(pattern), ([, note = '', language = '', block = '', alone]) => ({
    note: alone ?? note,
    language,
    text: block,
  }));
}

let folder: string;
let ports: { readonly nginx: number; readonly server: number };
let nginx: ChildProcess | undefined;
let server: ChildProcess | undefined;
let browser: Browser | undefined;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Text of the page with the ports and folders of this test. */
function here(text: string): string {
  return text
    .replaceAll(/http:\/\/(movies|shop)\.example/g, `$&:${ports.nginx}`)
    .replaceAll('listen 80;', `listen 127.0.0.1:${ports.nginx};`)
    .replaceAll('127.0.0.1:8003', `127.0.0.1:${ports.server}`)
    .replaceAll('/srv/', `${folder}/srv/`);
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, MATINEE_PORT: String(ports.server), CURL_HOME: folder, NO_COLOR: '1' };
}

/** Runs commands as one shell does: variables stay from block to block. */
function run(commands: string): string {
  const script = `[ -f .variables ] && . ./.variables\n${here(commands)}\ndeclare -p KEY VISITOR > .variables 2>/dev/null || true`;
  return execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function startServer(commands: string): Promise<void> {
  server = spawn('bash', ['-c', here(commands)], { cwd: folder, env: environment(), detached: true });
  await once(server.stdout as NodeJS.ReadableStream, 'data');
}

/** What Debian's nginx.conf has around the files of conf.d, in a folder that nobody owns. */
async function startNginx(): Promise<void> {
  const prefix = path.join(folder, 'nginx');
  mkdirSync(prefix);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    path.join(prefix, 'nginx.conf'),
    `pid nginx.pid;
daemon off;
events {}
http {
  include /etc/nginx/mime.types;
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${name};`).join(' ')}
  include ${folder}/etc/nginx/conf.d/*.conf;
}
`,
  );
  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync('chown', ['-R', String(NOBODY), prefix]);
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  nginx = spawn(NGINX ?? 'nginx', ['-p', prefix, '-c', 'nginx.conf', '-e', 'error.log'], {
    stdio: 'inherit',
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  });
  await expect(async () => {
    await fetch(`http://127.0.0.1:${ports.nginx}/`);
  }).toPass({ timeout: 10_000 });
}

/** Opens the page of the shop, likes its first title, and keeps the visitor for the commands after it. */
async function visitShop(): Promise<void> {
  const { launchOptions } = test.info().project.use;
  const names = ['--host-resolver-rules=MAP movies.example 127.0.0.1,MAP shop.example 127.0.0.1'];
  browser = await chromium.launch({ ...launchOptions, args: [...(launchOptions?.args ?? []), ...names] });
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // A browser asks for the icon of every site by itself, and the shop has none.
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) errors.push(message.text());
  });
  await page.goto(here('http://shop.example/'));
  const titles = page.locator('#titles li');
  await expect(titles).toHaveCount(3);
  const posters = titles.locator('img');
  for (const poster of await posters.all()) await expect(poster).not.toHaveJSProperty('naturalWidth', 0);
  const first = (await titles.first().getByRole('button').textContent()) ?? '';
  await titles.first().getByRole('button').click();
  await expect(page.getByRole('button', { name: first, exact: true })).toHaveCount(0);
  await expect(titles).toHaveCount(3);
  await page.reload();
  await expect(titles).toHaveCount(3);
  await expect(page.getByRole('button', { name: first, exact: true })).toHaveCount(0);
  const visitor = await page.evaluate(() => JSON.parse(localStorage.getItem('visitor') ?? '{}') as { userId: string });
  run(`VISITOR=${visitor.userId}`);
  await usePageOfMatinee(browser);
  expect(errors).toEqual([]);
}

/** Matinee's own page behind the same proxy, on a port that is not the usual one: it loads, and takes a like. */
async function usePageOfMatinee(open: Browser): Promise<void> {
  const page = await open.newPage();
  await page.goto(here('http://movies.example/matinee'));
  const sent = page.waitForResponse(
    (response) => response.url().endsWith('/matinee/api/v1/events') && response.request().method() === 'POST',
  );
  const card = page.locator('[data-row] li[data-card]:not([data-card="more"])').first();
  await card.hover();
  await card.locator('[data-feedback="like"]').click();
  expect((await sent).status()).toBe(200);
  await page.close();
}

/** The first event of the stream is there at once, so the proxy holds nothing back. */
async function readStream(): Promise<void> {
  const output = run('timeout 5 curl -sN -H "x-api-key: $KEY" http://movies.example/matinee/api/v1/stream || true');
  expect(output).toContain('retry:');
}

function expectAnswer(output: string, text: string): void {
  expect(JSON.parse(output)).toEqual(JSON.parse(text));
}

test.beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'matinee-adopt-'));
  ports = { nginx: await freePort(), server: await freePort() };
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  // curl finds the names of the page here, as a browser does by its rules.
  const names = ['movies.example', 'shop.example'].map((name) => `resolve = "${name}:${ports.nginx}:127.0.0.1"`);
  writeFileSync(path.join(folder, '.curlrc'), ['silent', 'show-error', ...names, ''].join('\n'));
});

test.afterAll(async () => {
  await browser?.close();
  nginx?.kill('SIGTERM');
  // A terminal's Ctrl-C reaches all of them, too: npx does not pass a signal on to what it runs.
  if (server?.pid !== undefined) process.kill(-server.pid, 'SIGTERM');
  for (const child of [nginx, server]) {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

test('docs/adopt.md works from its first to its last step', async () => {
  test.setTimeout(180_000);
  test.skip(
    NGINX === undefined && process.env['CI'] === undefined,
    'nginx is not installed (apt-get install nginx-light)',
  );
  let output = '';
  for (const { note, language, text } of readBlocks(PAGE)) {
    await test.step(`${note || language}: ${text.trim().split('\n')[0] ?? ''}`, async () => {
      const file = /^file: (.+)$/.exec(note)?.[1];
      if (file !== undefined) {
        const place = path.join(folder, file);
        mkdirSync(path.dirname(place), { recursive: true });
        writeFileSync(place, here(text));
      } else if (note === 'keeps running') await startServer(text);
      else if (note === 'nginx runs from here') await startNginx();
      else if (note === 'the page is opened here, and the first title liked') await visitShop();
      else if (note !== '') throw new Error(`the test does not know what to do at "${note}"`);
      else if (language === 'sh') output = run(text);
      else if (language === 'json') expectAnswer(output, text);
    });
    if (language === 'sh' && text.includes('/recommend?') && !text.includes('KEY')) continue;
    if (language === 'sh' && text.includes('/recommend?')) expectList(output);
  }
  await readStream();
  const lists = readFileSync(path.join(folder, 'lists.jsonl'), 'utf8').trim().split('\n');
  const users = new Set(lists.map((line) => (JSON.parse(line) as { user_id: string }).user_id));
  expect([...users]).toEqual(expect.arrayContaining(['anna', 'hana', 'ida']));
  const kinds = readFileSync(path.join(folder, 'anna.jsonl'), 'utf8').match(/"kind":"\w+"/g);
  expect(kinds).toEqual(['"kind":"user"', ...Array(4).fill('"kind":"interaction"'), '"kind":"event"']);
});

/** The last line of output is a list of three titles. */
function expectList(output: string): void {
  const { items } = JSON.parse(output.slice(output.lastIndexOf('{"user_idx"'))) as { items: unknown[] };
  expect(items).toHaveLength(3);
}

test('docs/operate.md shows the same nginx', () => {
  const locationOf = (file: string): string => {
    const location = /location \/matinee\/ \{[\s\S]*?\n *\}/.exec(readFileSync(path.join(ROOT, file), 'utf8'))?.[0];
    return (location ?? file).replaceAll(/\n */g, '\n');
  };
  expect(locationOf('docs/operate.md')).toBe(locationOf('docs/adopt.md'));
});
