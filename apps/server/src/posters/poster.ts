import { createRandom, hashString } from '@matinee/numerics';
import { orderGenres } from '@matinee/recommender';
import { fitTitle } from './fit-title.ts';
import { measureText } from './glyph-widths.ts';
import { drawMotif } from './motifs.ts';
import { choosePalette } from './palette.ts';

export interface PosterSubject {
  readonly itemId: string;
  readonly title: string;
  /** 0 = unknown. */
  readonly year: number;
  readonly genres: readonly string[];
}

export const POSTER_WIDTH = 400;
const POSTER_HEIGHT = 600;
const MARGIN = 30;
const TEXT_WIDTH = POSTER_WIDTH - 2 * MARGIN;
const CAPTION_SIZE = 21;
const FONT = "'Helvetica Neue',Helvetica,Arial,'Liberation Sans','Segoe UI',Roboto,sans-serif";

/** Raised whenever the drawing changes, so that clients fetch posters again under new addresses. */
const DESIGN_VERSION = 1;

/**
 * Draws the poster of an item. The same item always looks the same, items of one genre look related, and the text is on
 * a scrim dark enough for white text (contrast at least 7:1 over the brightest motif).
 *
 * @param hasText False leaves out title, year and genres, and the scrim behind them: the same picture for places that
 *   name the title beside it.
 * @returns A complete SVG document of 400 × 600, between 1 and 6 kB.
 */
export function renderPoster(subject: PosterSubject, hasText = true): string {
  const { itemId, title, genres } = subject;
  const random = createRandom(hashString(`${itemId}|${title}`));
  const palette = choosePalette(genres, random);
  const motif = drawMotif(genres, random, palette);
  const { definition, drawing } = hasText ? drawText(subject) : { definition: '', drawing: '' };
  return `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="600" viewBox="0 0 400 600"><defs><linearGradient id="b" x2="0" y2="1"><stop stop-color="${palette.top}"/><stop offset="1" stop-color="${palette.bottom}"/></linearGradient>${definition}</defs><rect width="400" height="600" fill="url(#b)"/>${motif}${drawing}</svg>`;
}

/** Draws title, year and genres on a scrim, which needs a definition of its own. */
function drawText({ title, year, genres }: PosterSubject): { readonly definition: string; readonly drawing: string } {
  const { fontSize, lines } = fitTitle(removeControls(title), TEXT_WIDTH);
  const lineHeight = Math.round(fontSize * 1.12);
  const caption = fitCaption([
    ...(year > 0 ? [String(year)] : []),
    ...orderGenres(genres).slice(0, 2).map(removeControls),
  ]);
  const lastBaseline = POSTER_HEIGHT - MARGIN - (caption === '' ? 6 : CAPTION_SIZE + 16);
  const firstBaseline = lastBaseline - (lines.length - 1) * lineHeight;
  const scrimFrom = Math.max(0, firstBaseline - fontSize - 130);
  // The scrim reaches its full strength where the first line begins.
  const fullAt = (firstBaseline - fontSize - scrimFrom) / (POSTER_HEIGHT - scrimFrom);

  const text = lines
    .map((line, index) => `<text x="${MARGIN}" y="${firstBaseline + index * lineHeight}">${escapeXml(line)}</text>`)
    .join('');
  const definition = `<linearGradient id="s" x2="0" y2="1"><stop stop-opacity="0"/><stop offset="${fullAt.toFixed(3)}" stop-opacity=".${SCRIM_PERCENT}"/><stop offset="1" stop-opacity=".92"/></linearGradient>`;
  const drawing = `<rect y="${scrimFrom}" width="400" height="${POSTER_HEIGHT - scrimFrom}" fill="url(#s)"/><g font-family="${FONT}" fill="#fff"><g font-size="${fontSize}" font-weight="700">${text}</g>${
    caption === ''
      ? ''
      : `<text x="${MARGIN}" y="${POSTER_HEIGHT - MARGIN}" font-size="${CAPTION_SIZE}" opacity=".88">${escapeXml(caption)}</text>`
  }</g>`;
  return { definition, drawing };
}

/** Opacity of black behind the text, in percent; even over pure white, white text has a contrast of 9:1. */
const SCRIM_PERCENT = 72;

/** Returns a version that changes with the look of the poster. As part of the address it allows caching for good. */
export function posterVersion({ itemId, title, year, genres }: PosterSubject): string {
  return hashString(`${DESIGN_VERSION}|${itemId}|${title}|${year}|${genres.join('|')}`).toString(36);
}

function fitCaption(parts: readonly string[]): string {
  for (let count = parts.length; count > 0; count--) {
    const caption = parts.slice(0, count).join(' · ');
    if (measureText(caption, CAPTION_SIZE) <= TEXT_WIDTH) return caption;
  }
  return '';
}

/** XML 1.0 cannot represent control characters, not even escaped. Lone surrogates are not characters. */
function removeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, ' ');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
