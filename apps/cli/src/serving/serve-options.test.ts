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

const none = { 'max-running': '', 'max-waiting': '', 'max-wait-ms': '', 'cache-mb': '', exploration: '' };

describe('chooseSettings', () => {
  it('takes what is given and leaves the rest to the server', () => {
    expect(chooseSettings(none, undefined)).toEqual({ limits: {}, responseCache: {} });
    expect(chooseSettings(none, '')).toEqual({ limits: {}, responseCache: {} });
    const { limits } = chooseSettings({ ...none, 'max-waiting': '0', 'max-wait-ms': '250' }, undefined);
    expect(limits).toEqual({ maxWaiting: 0, maxWaitMs: 250 });
  });

  it('takes megabytes of cached responses, and none', () => {
    expect(chooseSettings({ ...none, 'cache-mb': '2' }, undefined).responseCache).toEqual({ maxBytes: 2_097_152 });
    expect(chooseSettings({ ...none, 'cache-mb': '0' }, undefined).responseCache).toEqual({ maxBytes: 0 });
  });

  it('takes a share of exploration from 0 to 1', () => {
    expect(chooseSettings({ ...none, exploration: '0' }, undefined).explorationShare).toBe(0);
    expect(() => chooseSettings({ ...none, exploration: '1.5' }, undefined)).toThrow(
      '--exploration takes a number from 0 to 1; got "1.5"',
    );
  });

  it('takes a token that nobody guesses, and does not repeat another', () => {
    expect(chooseSettings(none, ' 0123456789abcdef ').catalogueToken).toBe('0123456789abcdef');
    expect(() => chooseSettings(none, 'short-secret')).toThrow(
      /^MATINEE_CATALOGUE_TOKEN must have 16 characters or more/,
    );
    expect(() => chooseSettings(none, 'short-secret')).not.toThrow('short-secret');
  });

  it('names the option that is wrong', () => {
    expect(() => chooseSettings({ ...none, 'max-running': '0' }, undefined)).toThrow(
      '--max-running takes a whole number from 1 up; got "0"',
    );
    expect(() => chooseSettings({ ...none, 'max-wait-ms': '1s' }, undefined)).toThrow('got "1s"');
  });
});
