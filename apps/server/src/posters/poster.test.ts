import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureText } from './glyph-widths.ts';
import { POSTER_WIDTH, type PosterSubject, posterVersion, renderPoster } from './poster.ts';

const SUBJECTS: readonly PosterSubject[] = [
  { itemId: '1', title: 'Toy Story', year: 1995, genres: ['Adventure', 'Animation', 'Children', 'Comedy'] },
  { itemId: '2571', title: 'The Matrix', year: 1999, genres: ['Action', 'Sci-Fi', 'Thriller'] },
  { itemId: '913', title: 'The Maltese Falcon', year: 1941, genres: ['Film-Noir', 'Mystery'] },
  { itemId: '1201', title: 'The Good, the Bad and the Ugly', year: 1966, genres: ['Western'] },
  {
    itemId: '750',
    title: 'Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb',
    year: 1964,
    genres: ['Comedy', 'War'],
  },
  { itemId: '5618', title: '千と千尋の神隠し', year: 2001, genres: ['Animation', 'Fantasy'] },
  {
    itemId: '8638',
    title: 'Supercalifragilisticexpialidocious Honorificabilitudinitatibus',
    year: 0,
    genres: ['Musical'],
  },
  { itemId: 'x', title: '<script>alert("1")</script> & co', year: 0, genres: [] },
  { itemId: '364', title: 'The Lion King', year: 1994, genres: ['Drama'] },
  { itemId: '1258', title: 'The Shining', year: 1980, genres: ['Horror'] },
];

/** Requires well-formed XML: every tag closed, every attribute quoted, only predefined entities. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const tag = /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z0-9-]+="[^"<]*")*)\s*(\/?)>/g;
  let end = 0;
  for (const match of svg.matchAll(tag)) {
    const between = svg.slice(end, match.index);
    expect(between).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/);
    end = match.index + match[0].length;
    if (match[1] === '/') expect(open.pop()).toBe(match[2]);
    else if (match[4] !== '/') open.push(match[2] ?? '');
  }
  expect(svg.slice(end)).toBe('');
  expect(open).toEqual([]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids them
  expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u);
}

const anySubject = fc.record({
  itemId: fc.string(),
  title: fc.oneof(fc.string({ unit: 'binary', maxLength: 120 }), fc.string({ unit: 'grapheme', maxLength: 60 })),
  year: fc.oneof(fc.constant(0), fc.integer({ min: 1880, max: 2030 })),
  genres: fc.array(fc.oneof(fc.constantFrom('Drama', 'Horror', 'IMAX', 'Musical'), fc.string()), { maxLength: 5 }),
});

describe('renderPoster', () => {
  it('draws what it always drew', async () => {
    await expect(`${SUBJECTS.map((subject) => renderPoster(subject)).join('\n')}\n`).toMatchFileSnapshot(
      'testing/posters.golden.txt',
    );
  });

  it('is the same picture without text, scrim and fonts', () => {
    for (const subject of SUBJECTS) {
      const art = renderPoster(subject, false);
      expectWellFormed(art);
      expect(art).not.toMatch(/<text|font|url\(#s\)/);
      const picture = art.slice(art.indexOf('</defs>'), -'</svg>'.length);
      expect(renderPoster(subject)).toContain(picture);
      expect(art.length).toBeLessThan(renderPoster(subject).length);
    }
  });

  it('is well-formed XML for any title', () => {
    fc.assert(
      fc.property(anySubject, (subject) => expectWellFormed(renderPoster(subject))),
      { numRuns: 300 },
    );
  });

  it('keeps every line within the box', () => {
    fc.assert(
      fc.property(anySubject, (subject) => {
        const svg = renderPoster(subject);
        const size = Number(/font-size="(\d+)" font-weight/.exec(svg)?.[1]);
        for (const [, x, y, line] of svg.matchAll(/<text x="(\d+)" y="(\d+)">([^<]*)</g)) {
          const plain = line!
            .replaceAll('&lt;', '<')
            .replaceAll('&gt;', '>')
            .replaceAll('&quot;', '"')
            .replaceAll('&amp;', '&');
          expect(Number(x) + measureText(plain, size)).toBeLessThanOrEqual(POSTER_WIDTH);
          expect(Number(y) - size).toBeGreaterThan(0);
          expect(Number(y)).toBeLessThan(600);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('puts white text on a scrim dark enough even over white', () => {
    for (const subject of SUBJECTS) {
      const opacities = [...renderPoster(subject).matchAll(/stop-opacity="(\.\d+)"/g)].map(([, value]) =>
        Number(value),
      );
      for (const opacity of opacities) {
        const channel = 1 - opacity;
        const luminance = channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
        expect(1.05 / (luminance + 0.05)).toBeGreaterThanOrEqual(7);
      }
    }
  });

  it('changes its address with anything that changes the drawing', () => {
    const [subject] = SUBJECTS as [PosterSubject];
    const versions = [
      subject,
      { ...subject, title: 'Toy Story 2' },
      { ...subject, year: 1996 },
      { ...subject, genres: [] },
    ];
    expect(new Set(versions.map(posterVersion)).size).toBe(4);
    expect(posterVersion(subject)).toBe(posterVersion({ ...subject }));
  });
});
