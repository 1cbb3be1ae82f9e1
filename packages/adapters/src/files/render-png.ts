import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);

/**
 * Rasterises an SVG. Text is set in a font that comes with the package: without one, a machine that has no fonts would
 * draw charts without a single letter, and others each their own. System fonts are not looked at, so equal SVG gives
 * equal pixels everywhere.
 *
 * @param scale Pixels per SVG unit.
 * @returns The PNG file.
 */
export function renderPng(svg: string, scale = 2): Uint8Array {
  const fontFile = require.resolve('@expo-google-fonts/didact-gothic/400Regular/DidactGothic_400Regular.ttf');
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { loadSystemFonts: false, fontFiles: [fontFile], defaultFontFamily: 'Didact Gothic' },
  });
  return image.render().asPng();
}
