import { describe, expect, it } from 'vitest';
import { choosePort, chooseSettings } from './serve-options.ts';
import { type Environment, resolveSettings } from './settings.ts';

const portOf = async (option: string, environment: Environment) =>
  choosePort((await resolveSettings({ port: option }, environment)).port);
const choose = async (args: Readonly<Record<string, string>>, environment: Environment = {}) =>
  chooseSettings(await resolveSettings(args, environment));

describe('choosePort', () => {
  it('prefers --port to MATINEE_PORT and PORT, and 8003 to nothing', async () => {
    expect(await portOf('9000', { PORT: '9001' })).toBe(9000);
    expect(await portOf('', { PORT: '9001' })).toBe(9001);
    expect(await portOf('', { PORT: '9001', MATINEE_PORT: '9002' })).toBe(9002);
    expect(await portOf('', {})).toBe(8003);
    expect(await portOf('', { PORT: '' })).toBe(8003);
    expect(await portOf('0', {})).toBe(0);
  });

  it('names where a bad port came from', async () => {
    await expect(portOf('http', {})).rejects.toThrow('--port takes a number from 0 to 65535; got "http"');
    await expect(portOf('', { PORT: '65536' })).rejects.toThrow('PORT takes a number from 0 to 65535; got "65536"');
    await expect(portOf('-1', {})).rejects.toThrow('got "-1"');
  });
});

describe('chooseSettings', () => {
  const nothing = { limits: {}, responseCache: {}, rateLimits: {} };

  it('takes what is given and leaves the rest to the server', async () => {
    expect(await choose({})).toEqual(nothing);
    expect(await choose({}, { MATINEE_CATALOGUE_TOKEN: '', MATINEE_HOSTS: '' })).toEqual(nothing);
    const { limits } = await choose({ 'max-waiting': '0', 'max-wait-ms': '250', 'max-page-wait-ms': '900' });
    expect(limits).toEqual({ maxWaiting: 0, maxWaitMs: 250, maxPageWaitMs: 900 });
  });

  it('takes megabytes of cached responses, and none', async () => {
    expect((await choose({ 'cache-mb': '2' })).responseCache).toEqual({ maxBytes: 2_097_152 });
    expect((await choose({ 'cache-mb': '0' })).responseCache).toEqual({ maxBytes: 0 });
  });

  it('takes a share of exploration from 0 to 1', async () => {
    expect((await choose({ exploration: '0' })).explorationShare).toBe(0);
    await expect(choose({ exploration: '1.5' })).rejects.toThrow('--exploration takes a number from 0 to 1; got "1.5"');
  });

  it.each([
    ['MATINEE_CATALOGUE_TOKEN', 'catalogueToken'],
    ['MATINEE_OPERATOR_TOKEN', 'operatorToken'],
  ] as const)('takes a token that nobody guesses from %s, and does not repeat another', async (variable, setting) => {
    expect((await choose({}, { [variable]: ' 0123456789abcdef ' }))[setting]).toBe('0123456789abcdef');
    const short = choose({}, { [variable]: 'short-secret' });
    await expect(short).rejects.toThrow(`${variable} must have 16 characters or more`);
    await expect(short).rejects.not.toThrow('short-secret');
  });

  it('takes no token that opens two things', async () => {
    const token = '0123456789abcdef';
    await expect(choose({}, { MATINEE_CATALOGUE_TOKEN: token, MATINEE_OPERATOR_TOKEN: token })).rejects.toThrow(
      'must differ',
    );
  });

  it('takes names of hosts from the option, else from the environment', async () => {
    expect((await choose({ hosts: 'Movies.example, tv.example' })).hostNames).toEqual(['movies.example', 'tv.example']);
    expect((await choose({}, { MATINEE_HOSTS: 'movies.example' })).hostNames).toEqual(['movies.example']);
    for (const wrong of ['https://movies.example', 'movies.example:443', '*.example']) {
      await expect(choose({ hosts: wrong })).rejects.toThrow('--hosts takes names such as movies.example');
    }
  });

  it('takes what is on or off, and leaves it to the server otherwise', async () => {
    expect(await choose({ demo: 'on', keys: 'off', page: 'off' })).toMatchObject({
      demo: true,
      requiresKeys: false,
      servesPage: false,
    });
    expect((await choose({ demo: 'off' })).demo).toBe(false);
    expect(await choose({})).not.toHaveProperty('demo');
    await expect(choose({ demo: 'yes' })).rejects.toThrow('--demo takes on or off; got "yes"');
  });

  it('takes what stands in front of the server, and names where a bad value came from', async () => {
    const settings = await choose(
      { 'base-path': 'matinee/', 'trust-proxy': '10.0.0.5', 'key-rate': '5' },
      { MATINEE_CORS_ORIGINS: 'https://shop.example' },
    );
    expect(settings).toMatchObject({
      basePath: '/matinee',
      trustedProxies: ['10.0.0.5'],
      corsOrigins: ['https://shop.example'],
      rateLimits: { perKey: 5 },
    });
    await expect(choose({ 'base-path': '/api' })).rejects.toThrow('--base-path: a base path cannot begin with /api');
    await expect(choose({}, { MATINEE_TRUST_PROXY: 'x' })).rejects.toThrow(
      'MATINEE_TRUST_PROXY: a proxy is an address',
    );
  });

  it('names the option that is wrong', async () => {
    await expect(choose({ 'max-running': '0' })).rejects.toThrow(
      '--max-running takes a whole number from 1 up; got "0"',
    );
    await expect(choose({ 'max-wait-ms': '1s' })).rejects.toThrow('got "1s"');
  });
});
