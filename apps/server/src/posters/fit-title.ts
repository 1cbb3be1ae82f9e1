import { measureText } from './glyph-widths.ts';

export interface FittedTitle {
  readonly fontSize: number;
  readonly lines: readonly string[];
}

const FONT_SIZES = [50, 46, 42, 38, 34, 30, 27, 24, 21, 18];
const MAX_LINES = 5;

/**
 * Breaks a title into at most five lines, at the largest font size at which every line fits. At the smallest size,
 * words longer than a line are broken and text that does not fit is replaced by an ellipsis.
 */
export function fitTitle(title: string, maxWidth: number): FittedTitle {
  const words = title.split(/\s+/u).filter((word) => word !== '');
  for (const fontSize of FONT_SIZES) {
    const lines = wrap(words, fontSize, maxWidth);
    // Large type on many lines looks crowded: three lines above 34 pixels, four above 24.
    const maxLines = fontSize > 34 ? 3 : fontSize > 24 ? 4 : MAX_LINES;
    if (lines !== undefined && lines.length <= maxLines) return { fontSize, lines };
  }
  const fontSize = FONT_SIZES.at(-1) ?? 18;
  const pieces = words.flatMap((word) => breakWord(word, fontSize, maxWidth));
  const lines = wrap(pieces, fontSize, maxWidth) ?? [];
  if (lines.length <= MAX_LINES) return { fontSize, lines };
  const shown = lines.slice(0, MAX_LINES);
  return { fontSize, lines: shown.with(-1, ellipsise(shown.at(-1) ?? '', fontSize, maxWidth)) };
}

/** Undefined when a word is wider than a line. */
function wrap(words: readonly string[], fontSize: number, maxWidth: number): string[] | undefined {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (measureText(word, fontSize) > maxWidth) return undefined;
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || measureText(longer, fontSize) <= maxWidth) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

function breakWord(word: string, fontSize: number, maxWidth: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && measureText(piece + character, fontSize) > maxWidth) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

function ellipsise(line: string, fontSize: number, maxWidth: number): string {
  const characters = [...line];
  while (characters.length > 0 && measureText(`${characters.join('')}…`, fontSize) > maxWidth) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}
