/**
 * Widths of printable ASCII in a bold sans-serif (the Helvetica family), in thousandths of the font size, from U+0020.
 */
const ASCII_WIDTHS = [
  278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
  556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
  280, 389, 584,
];

/** Fonts differ between machines; text must fit in the widest font that is likely. */
const SAFETY = 1.15;

/** East Asian scripts, full-width forms and emoji take a full em. */
const FULL_WIDTH =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
const COMBINING = /\p{Mark}/u;

/** Returns an upper estimate of the width of `text` in pixels, at `fontSize` pixels. */
export function measureText(text: string, fontSize: number): number {
  let thousandths = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 32 && code < 127) thousandths += ASCII_WIDTHS[code - 32] ?? 0;
    else if (FULL_WIDTH.test(character)) thousandths += 1000;
    else if (!COMBINING.test(character)) thousandths += 722;
  }
  return (thousandths / 1000) * fontSize * SAFETY;
}
