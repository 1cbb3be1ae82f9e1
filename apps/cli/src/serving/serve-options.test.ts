import { describe, expect, it } from 'vitest';
import { chooseLimits, choosePort, chooseResponseCache } from './serve-options.ts';

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

const none = { 'max-running': '', 'max-waiting': '', 'max-wait-ms': '', 'cache-mb': '' };

describe('chooseResponseCache', () => {
  it('takes megabytes, and none', () => {
    expect(chooseResponseCache(none)).toEqual({});
    expect(chooseResponseCache({ ...none, 'cache-mb': '2' })).toEqual({ maxBytes: 2_097_152 });
    expect(chooseResponseCache({ ...none, 'cache-mb': '0' })).toEqual({ maxBytes: 0 });
  });
});

describe('chooseLimits', () => {
  it('takes what is given and leaves the rest to the server', () => {
    expect(chooseLimits(none)).toEqual({});
    expect(chooseLimits({ ...none, 'max-waiting': '0', 'max-wait-ms': '250' })).toEqual({
      maxWaiting: 0,
      maxWaitMs: 250,
    });
  });

  it('names the option that is wrong', () => {
    expect(() => chooseLimits({ ...none, 'max-running': '0' })).toThrow(
      '--max-running takes a whole number from 1 up; got "0"',
    );
    expect(() => chooseLimits({ ...none, 'max-wait-ms': '1s' })).toThrow('got "1s"');
  });
});
