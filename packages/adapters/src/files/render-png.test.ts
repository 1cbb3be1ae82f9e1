import { describe, expect, it } from 'vitest';
import { renderPng } from './render-png.ts';

const svg = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" viewBox="0 0 120 40"><rect width="120" height="40" fill="#fff"/>${content}</svg>`;

describe('renderPng', () => {
  it('returns a PNG of the requested size', () => {
    const png = Buffer.from(renderPng(svg(''), 3));
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([360, 120]);
  });

  it('draws letters with its own font for every requested family', () => {
    const blank = renderPng(svg(''));
    for (const family of ['Didact Gothic', 'No Such Font']) {
      const drawn = renderPng(svg(`<text x="4" y="24" style="font-family:'${family}';font-size:14px">NDCG@10</text>`));
      expect(drawn.length).toBeGreaterThan(blank.length + 300);
    }
  });

  it('has a glyph for every character in the charts', () => {
    const glyph = (mark: string): string =>
      Buffer.from(renderPng(svg(`<text x="4" y="24">${mark}</text>`))).toString('base64');
    const missing = glyph('\u{10FFFD}');
    for (const mark of [...'aZ09@%.,:;()|+-=—–−×·²“”’…'])
      expect([mark, glyph(mark) === missing]).toEqual([mark, false]);
  });

  it('returns equal bytes for equal input', () => {
    const text = svg('<text x="4" y="24">equal</text>');
    expect(renderPng(text)).toEqual(renderPng(text));
  });
});
