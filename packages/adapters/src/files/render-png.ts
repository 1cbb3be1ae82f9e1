import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);

/**
 * Renders an SVG to a PNG. Text uses a font of this package and no system fonts, so equal SVG gives equal pixels on
 * every machine, including one without fonts.
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
