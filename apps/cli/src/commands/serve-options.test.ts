import { describe, expect, it } from 'vitest';
import { choosePort } from './serve-options.ts';

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
