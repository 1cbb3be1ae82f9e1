import { describe, expect, it } from 'vitest';
import { isPosterUrl } from './poster-url.ts';

describe('isPosterUrl', () => {
  it.each([
    'https://images.example/poster.jpg',
    'https://images.example:8443/a?b=c;d,e',
    'https://127.0.0.1/a.png',
    'https://[2001:db8::1]:444/a.png',
    'https://bücher.example/ä.png',
    'https://a/b',
  ])('takes %s', (url) => expect(isPosterUrl(url)).toBe(true));

  it.each([
    'https://img.example;script-src/x.png',
    'https://a,b/x.png',
    'https://*/x.png',
    "https://'self'/x.png",
    'https://-a/x.png',
    'https://user@a/x.png',
    'https://a\\b/x.png',
    'https://a b/x.png',
    'https://a/x.png\r\nset-cookie: a=b',
    'https://a/x\u0000.png',
    'http://images.example/poster.jpg',
    'javascript:alert(1)',
    'data:image/png;base64,AAAA',
    'poster.jpg',
    '',
  ])('refuses %s', (url) => expect(isPosterUrl(url)).toBe(false));
});
