import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MATINEE } from '../testing/matinee-program.ts';

const TIMEOUT_MS = 60_000;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-keys-'));
});
afterAll(() => rm(home, { recursive: true }));

/** Further variables of the environment, for one test. */
const variables: Record<string, string> = {};

async function matinee(...args: readonly string[]): Promise<{ code: number | null; out: string; log: string }> {
  const environment = { ...process.env, ...variables, MATINEE_OPERATOR_TOKEN: 'a secret of the operator' };
  const child = spawn(process.execPath, [MATINEE, ...args, '--home', home], { env: environment });
  let [out, log] = ['', ''];
  child.stdout.on('data', (part) => {
    out += String(part);
  });
  child.stderr.on('data', (part) => {
    log += String(part);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, log };
}

describe('matinee keys', () => {
  it(
    'makes a key that is shown once, lists it, and revokes it',
    async () => {
      const made = await matinee('keys', 'create', '--scope', 'read,write', '--name', 'shop', '--json');
      expect(made).toMatchObject({ code: 0 });
      const { key, keyId } = JSON.parse(made.out) as { key: string; keyId: string };
      expect(key).toMatch(/^mk_/);
      const list = await matinee('keys', 'list', '--json');
      expect(JSON.parse(list.out)).toMatchObject({
        keys: [{ name: 'shop', keyId, scopes: ['read', 'write'], revoked: null }],
      });
      expect(list.out).not.toContain(key.slice(12));
      const again = await matinee('keys', 'create', '--scope', 'read', '--name', 'shop');
      expect([again.code, again.log]).toEqual([2, expect.stringContaining('there is a key "shop"')]);
      expect((await matinee('keys', 'revoke', 'shop')).code).toBe(0);
      const gone = await matinee('keys', 'revoke', 'shop');
      expect([gone.code, gone.log]).toEqual([2, expect.stringContaining('no valid key is called "shop"')]);
      const wrong = await matinee('keys', 'create', '--scope', 'all', '--name', 'x');
      expect([wrong.code, wrong.log]).toEqual([2, expect.stringContaining('a scope is one of read, write')]);
    },
    TIMEOUT_MS,
  );

  it(
    'are those of the data that the server is set to serve, in the file of settings or the environment',
    async () => {
      const shop = path.join(home, 'shop');
      await mkdir(shop);
      await writeFile(path.join(shop, 'ratings.csv'), 'userId,movieId,rating,timestamp\n1,1,4,964982703\n');
      await writeFile(path.join(shop, 'movies.csv'), 'movieId,title,genres\n1,One (1999),Drama\n');
      const config = path.join(home, 'settings.json');
      await writeFile(config, JSON.stringify({ data: shop, keys: true }));
      const made = await matinee('keys', 'create', '--scope', 'read', '--name', 'own', '--config', config);
      expect(made).toMatchObject({ code: 0 });
      const inData = await matinee('keys', 'list', '--data', shop, '--json');
      expect(JSON.parse(inData.out)).toMatchObject({ keys: [{ name: 'own' }] });
      variables['MATINEE_DATA'] = shop;
      const inEnvironment = await matinee('keys', 'list', '--json');
      delete variables['MATINEE_DATA'];
      expect(JSON.parse(inEnvironment.out)).toMatchObject({ keys: [{ name: 'own' }] });
      expect((await matinee('keys', 'list', '--json')).out).not.toContain('"own"');
      const wrong = await matinee('keys', 'list', '--data', 'nowhere');
      expect([wrong.code, wrong.log]).toEqual([2, expect.stringContaining('--data: nowhere is no folder here')]);
    },
    TIMEOUT_MS,
  );
});

describe('matinee config', () => {
  it(
    'prints every setting with where it comes from, and no secret',
    async () => {
      const { code, out } = await matinee('config', '--host', '0.0.0.0', '--base-path', '/matinee', '--json');
      expect(code).toBe(0);
      expect(out).not.toContain('a secret of the operator');
      expect(JSON.parse(out)).toMatchObject({
        settings: {
          host: { value: '0.0.0.0', from: '--host' },
          basePath: { value: '/matinee', from: '--base-path' },
          keys: { value: 'on', from: 'default' },
          keyRate: { value: '60000', from: 'default' },
          demo: { value: 'off', from: 'default' },
          operatorToken: { value: '(hidden)', from: 'MATINEE_OPERATOR_TOKEN' },
        },
      });
      const behindProxy = JSON.parse((await matinee('config', '--hosts', 'movies.example', '--json')).out) as unknown;
      expect(behindProxy).toMatchObject({
        settings: { keys: { value: 'off' }, keyRate: { value: '60000' }, demo: { value: 'off' } },
      });
      const own = JSON.parse((await matinee('config', '--json')).out) as unknown;
      expect(own).toMatchObject({ settings: { keyRate: { value: '0' }, demo: { value: 'on' } } });
    },
    TIMEOUT_MS,
  );
});
