import { describe, expect, it } from 'vitest';
import { choosePort, chooseSettings } from './serve-options.ts';

describe('choosePort', () => {
  it('prefers --port to PORT, and 8003 to nothing', () => {
    expect(choosePort('9000', '9001')).toBe(9000);
    expect(choosePort('', '9001')).toBe(9001);
    expect(choosePort('', undefined)).toBe(8003);
    expect(choosePort('', '')).toBe(8003);
    expect(choosePort('0', undefined)).toBe(0);
  });

  it('names where a bad port came from', () => {
    expect(() => choosePort('http', undefined)).toThrow('--port takes a number from 0 to 65535; got "http"');
    expect(() => choosePort('', '65536')).toThrow('PORT takes a number from 0 to 65535; got "65536"');
    expect(() => choosePort('-1', undefined)).toThrow('got "-1"');
  });
});

const none = {
  'max-running': '',
  'max-waiting': '',
  'max-wait-ms': '',
  'max-page-wait-ms': '',
  'cache-mb': '',
  exploration: '',
  hosts: '',
  demo: '',
};

describe('chooseSettings', () => {
  it('takes what is given and leaves the rest to the server', () => {
    expect(chooseSettings(none, {})).toEqual({ limits: {}, responseCache: {} });
    expect(chooseSettings(none, { MATINEE_CATALOGUE_TOKEN: '', MATINEE_HOSTS: '' })).toEqual({
      limits: {},
      responseCache: {},
    });
    const given = { ...none, 'max-waiting': '0', 'max-wait-ms': '250', 'max-page-wait-ms': '900' };
    const { limits } = chooseSettings(given, {});
    expect(limits).toEqual({ maxWaiting: 0, maxWaitMs: 250, maxPageWaitMs: 900 });
  });

  it('takes megabytes of cached responses, and none', () => {
    expect(chooseSettings({ ...none, 'cache-mb': '2' }, {}).responseCache).toEqual({ maxBytes: 2_097_152 });
    expect(chooseSettings({ ...none, 'cache-mb': '0' }, {}).responseCache).toEqual({ maxBytes: 0 });
  });

  it('takes a share of exploration from 0 to 1', () => {
    expect(chooseSettings({ ...none, exploration: '0' }, {}).explorationShare).toBe(0);
    expect(() => chooseSettings({ ...none, exploration: '1.5' }, {})).toThrow(
      '--exploration takes a number from 0 to 1; got "1.5"',
    );
  });

  it.each([
    ['MATINEE_CATALOGUE_TOKEN', 'catalogueToken'],
    ['MATINEE_OPERATOR_TOKEN', 'operatorToken'],
  ] as const)('takes a token that nobody guesses from %s, and does not repeat another', (variable, setting) => {
    expect(chooseSettings(none, { [variable]: ' 0123456789abcdef ' })[setting]).toBe('0123456789abcdef');
    const short = () => chooseSettings(none, { [variable]: 'short-secret' });
    expect(short).toThrow(`${variable} must have 16 characters or more`);
    expect(short).not.toThrow('short-secret');
  });

  it('takes no token that opens two things', () => {
    const token = '0123456789abcdef';
    expect(() => chooseSettings(none, { MATINEE_CATALOGUE_TOKEN: token, MATINEE_OPERATOR_TOKEN: token })).toThrow(
      'must differ',
    );
  });

  it('takes names of hosts from the option, else from the environment', () => {
    expect(chooseSettings({ ...none, hosts: 'Movies.example, tv.example' }, {}).hostNames).toEqual([
      'movies.example',
      'tv.example',
    ]);
    expect(chooseSettings(none, { MATINEE_HOSTS: 'movies.example' }).hostNames).toEqual(['movies.example']);
    for (const wrong of ['https://movies.example', 'movies.example:443', '*.example']) {
      expect(() => chooseSettings({ ...none, hosts: wrong }, {})).toThrow('--hosts takes names such as movies.example');
    }
  });

  it('takes demo mode as on or off, and leaves it to the server otherwise', () => {
    expect(chooseSettings({ ...none, demo: 'on' }, {}).demo).toBe(true);
    expect(chooseSettings({ ...none, demo: 'off' }, {}).demo).toBe(false);
    expect(chooseSettings(none, {})).not.toHaveProperty('demo');
    expect(() => chooseSettings({ ...none, demo: 'yes' }, {})).toThrow('--demo takes on or off; got "yes"');
  });

  it('names the option that is wrong', () => {
    expect(() => chooseSettings({ ...none, 'max-running': '0' }, {})).toThrow(
      '--max-running takes a whole number from 1 up; got "0"',
    );
    expect(() => chooseSettings({ ...none, 'max-wait-ms': '1s' }, {})).toThrow('got "1s"');
  });
});
