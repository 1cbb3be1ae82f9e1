import type { Random } from '@matinee/numerics';
import { orderGenres } from '@matinee/recommender';

/** Colours of one poster, as CSS. */
export interface Palette {
  readonly top: string;
  readonly bottom: string;
  readonly light: string;
  readonly accent: string;
  readonly dark: string;
}

/** Hue of each genre, in degrees. Unknown genres get a random one. */
const GENRE_HUES: Readonly<Record<string, number>> = {
  Action: 12,
  Adventure: 32,
  Animation: 190,
  Children: 48,
  Comedy: 42,
  Crime: 222,
  Documentary: 168,
  Drama: 265,
  Fantasy: 285,
  'Film-Noir': 215,
  Horror: 350,
  IMAX: 205,
  Musical: 318,
  Mystery: 245,
  Romance: 338,
  'Sci-Fi': 200,
  Thriller: 185,
  War: 75,
  Western: 25,
};

/** Genres whose posters have almost no colour. */
const MUTED = new Set(['Film-Noir', 'War', 'Documentary']);

/** Chooses the hue of the first of {@link orderGenres}, ± 12°; the second hue differs by 30° to 90°. */
export function choosePalette(genres: readonly string[], random: Random): Palette {
  const genre = orderGenres(genres)[0] ?? '';
  const base = GENRE_HUES[genre] ?? random.integer(360);
  const hue = Math.round(base - 12 + random.next() * 24 + 360) % 360;
  const hueShift = 30 + Math.round(random.next() * 60);
  const second = (hue + (random.next() < 0.5 ? hueShift : 360 - hueShift)) % 360;
  const saturation = MUTED.has(genre) ? 18 + random.integer(12) : 52 + random.integer(22);
  return {
    top: `hsl(${hue} ${saturation}% ${30 + random.integer(10)}%)`,
    bottom: `hsl(${second} ${Math.round(saturation * 0.9)}% ${14 + random.integer(6)}%)`,
    light: `hsl(${hue} ${Math.min(90, saturation + 18)}% 72%)`,
    accent: `hsl(${second} ${Math.min(95, saturation + 24)}% 60%)`,
    dark: `hsl(${second} ${Math.round(saturation * 0.7)}% 9%)`,
  };
}
