import type { Random } from '@matinee/numerics';
import { orderGenres } from '@matinee/recommender';
import type { Palette } from './palette.ts';

/** Draws into the 400 × 600 box. The title covers the lower third, so the main shapes are above y = 400. */
type Motif = (random: Random, palette: Palette) => string;

const between = (random: Random, low: number, high: number): number => Math.round(low + random.next() * (high - low));
const repeat = (count: number, draw: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => draw(index)).join('');
const circle = (x: number, y: number, r: number, attributes: string): string =>
  `<circle cx="${x}" cy="${y}" r="${r}" ${attributes}/>`;

const sunrise: Motif = (random, { light, accent, bottom }) => {
  const x = between(random, 130, 270);
  const y = between(random, 190, 250);
  const r = between(random, 90, 130);
  const bands = repeat(
    6,
    (i) => `<rect x="0" y="${y + 14 + i * 22}" width="400" height="${4 + i * 2.5}" fill="${bottom}"/>`,
  );
  return `${circle(x, y, r + 34, `fill="${accent}" opacity=".22"`)}${circle(x, y, r, `fill="${light}"`)}${bands}`;
};

const ridges: Motif = (random, { light, accent, dark }) => {
  const sun = circle(between(random, 90, 310), between(random, 90, 150), between(random, 34, 60), `fill="${light}"`);
  const layers = repeat(4, (layer) => {
    const y = 210 + layer * 62;
    let path = `M0 ${y + between(random, -20, 30)}`;
    for (let x = 50; x <= 400; x += 50) path += `L${x} ${y + between(random, -62 + layer * 8, 40)}`;
    return `<path d="${path}V600H0Z" fill="${layer % 2 === 0 ? accent : dark}" opacity="${0.3 + layer * 0.2}"/>`;
  });
  return sun + layers;
};

const orbits: Motif = (random, { light, accent, dark }) => {
  const x = between(random, 150, 250);
  const y = between(random, 170, 230);
  const r = between(random, 58, 88);
  const tilt = between(random, -35, 35);
  const stars = repeat(34, () =>
    circle(between(random, 0, 400), between(random, 0, 420), between(random, 6, 20) / 10, 'fill="#fff" opacity=".75"'),
  );
  const rings = repeat(3, (i) => {
    const rx = r + 42 + i * 38;
    return `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${Math.round(rx * 0.32)}" fill="none" stroke="${i === 1 ? accent : light}" stroke-width="${3 - i * 0.6}" opacity="${0.85 - i * 0.2}" transform="rotate(${tilt} ${x} ${y})"/>`;
  });
  const shade = `<path d="M${x} ${y - r}A${r} ${r} 0 0 1 ${x} ${y + r}A${r * 1.6} ${r * 1.6} 0 0 0 ${x} ${y - r}Z" fill="${dark}" opacity=".45"/>`;
  return stars + circle(x, y, r, `fill="${light}"`) + shade + rings;
};

const horizonGrid: Motif = (random, { light, accent }) => {
  const y = between(random, 250, 290);
  const x = between(random, 160, 240);
  const sun = circle(x, y - 30, between(random, 84, 112), `fill="${light}"`);
  const rays = repeat(
    15,
    (i) => `<path d="M${x} ${y}L${(i - 7) * 110 + 200} 600" stroke="${accent}" stroke-width="2"/>`,
  );
  const lines = repeat(
    8,
    (i) => `<path d="M0 ${y + Math.round(i * i * 5.2)}H400" stroke="${accent}" stroke-width="2"/>`,
  );
  return `${sun}<rect y="${y}" width="400" height="${600 - y}" fill="#0b0b16" opacity=".82"/><g opacity=".8">${rays}${lines}</g>`;
};

const skyline: Motif = (random, { light, accent, dark }) => {
  const moon = circle(
    between(random, 80, 320),
    between(random, 80, 130),
    between(random, 30, 52),
    `fill="${light}" opacity=".9"`,
  );
  let buildings = '';
  for (const [layer, fill, opacity] of [
    [0, accent, 0.28],
    [1, dark, 0.92],
  ] as const) {
    for (let x = -10; x < 400; ) {
      const width = between(random, 34, 68);
      const top = between(random, 170, 300) + layer * 50;
      buildings += `<rect x="${x}" y="${top}" width="${width}" height="${600 - top}" fill="${fill}" opacity="${opacity}"/>`;
      if (layer === 1) {
        buildings += repeat(7, () => {
          const wx = x + 6 + between(random, 0, Math.max(1, Math.floor((width - 16) / 12))) * 12;
          return `<rect x="${wx}" y="${top + 12 + between(random, 0, 8) * 18}" width="5" height="8" fill="${light}" opacity=".8"/>`;
        });
      }
      x += width + between(random, 0, 6);
    }
  }
  return moon + buildings;
};

const blinds: Motif = (random, { light, dark }) => {
  const tilt = between(random, -24, -12);
  const slats = repeat(
    11,
    (i) =>
      `<rect x="-120" y="${20 + i * 42}" width="640" height="${between(random, 14, 20)}" fill="${light}" opacity="${0.62 - i * 0.035}"/>`,
  );
  const x = between(random, 170, 260);
  const figure = `<path d="M${x - 70} 600V330q0-46 44-54v-20q-30-14-30-56 0-58 56-58t56 58q0 42-30 56v20q44 8 44 54V600Z" fill="${dark}" opacity=".9"/><path d="M${x - 86} 190q86-34 172 0l-14 12q-72-20-144 0Z" fill="${dark}"/>`;
  return `<g transform="rotate(${tilt} 200 240)">${slats}</g>${figure}`;
};

const shards: Motif = (random, { light, accent, dark }) => {
  const x = between(random, 140, 260);
  const y = between(random, 170, 240);
  const count = between(random, 13, 19);
  const firstAngle = random.next() * Math.PI;
  const rays = repeat(count, (i) => {
    const start = firstAngle + (i / count) * 2 * Math.PI;
    const end = start + ((0.35 + random.next() * 0.5) * 2 * Math.PI) / count;
    const reach = between(random, 260, 480);
    const point = (angle: number): string =>
      `${Math.round(x + Math.cos(angle) * reach)} ${Math.round(y + Math.sin(angle) * reach)}`;
    return `<path d="M${x} ${y}L${point(start)}L${point(end)}Z" fill="${[light, accent, dark][i % 3]}" opacity="${i % 3 === 2 ? 0.75 : 0.55}"/>`;
  });
  return rays + circle(x, y, between(random, 28, 48), `fill="${light}"`);
};

const speedLines: Motif = (random, { light, accent, dark }) => {
  const tilt = between(random, -32, -18);
  const bars = repeat(15, (i) => {
    const width = between(random, 120, 460);
    return `<rect x="${between(random, -120, 220)}" y="${i * 34 - 20}" width="${width}" height="${between(random, 8, 26)}" rx="4" fill="${[light, accent, dark][between(random, 0, 2)]}" opacity=".${between(random, 4, 9)}"/>`;
  });
  return `<g transform="rotate(${tilt} 200 220)">${bars}</g>`;
};

const tiles: Motif = (random, { light, accent, dark, top }) => {
  const size = 100;
  return repeat(16, (i) => {
    const x = (i % 4) * size;
    const y = Math.floor(i / 4) * size;
    const [fill, back] = random.shuffle([light, accent, dark, top]);
    const corner = between(random, 0, 3);
    const shape = [
      `<path d="M0 0A100 100 0 0 0 100 100V0Z" fill="${fill}" transform="rotate(${corner * 90} 50 50)"/>`,
      `<circle cx="50" cy="50" r="36" fill="${fill}"/>`,
      `<path d="M0 50A50 50 0 0 1 100 50Z" fill="${fill}" transform="rotate(${corner * 90} 50 50)"/>`,
      `<path d="M0 0H100L0 100Z" fill="${fill}" transform="rotate(${corner * 90} 50 50)"/>`,
    ][between(random, 0, 3)];
    return `<g transform="translate(${x} ${y})"><rect width="100" height="100" fill="${back}" opacity=".55"/>${shape}</g>`;
  });
};

const bubbles: Motif = (random, { light, accent }) =>
  repeat(13, (i) =>
    circle(
      between(random, 20, 380),
      between(random, 20, 400),
      between(random, 24, 96),
      i % 4 === 3
        ? `fill="none" stroke="${light}" stroke-width="4" opacity=".7"`
        : `fill="${i % 2 === 0 ? light : accent}" opacity=".34"`,
    ),
  );

const petals: Motif = (random, { light, accent }) => {
  const x = between(random, 160, 240);
  const y = between(random, 180, 220);
  const count = between(random, 7, 12);
  const ring = (length: number, width: number, fill: string, offset: number): string =>
    repeat(
      count,
      (i) =>
        `<ellipse cx="${x}" cy="${y - length}" rx="${width}" ry="${length}" fill="${fill}" opacity=".5" transform="rotate(${Math.round((i * 360) / count + offset)} ${x} ${y})"/>`,
    );
  return (
    ring(between(random, 82, 100), 34, accent, 0) +
    ring(56, 22, light, 180 / count) +
    circle(x, y, 20, `fill="${light}"`)
  );
};

const waves: Motif = (random, { light, accent, dark }) => {
  const moon = circle(
    between(random, 110, 290),
    between(random, 120, 170),
    between(random, 52, 84),
    `fill="${light}" opacity=".92"`,
  );
  const layers = repeat(6, (layer) => {
    const y = 210 + layer * 42;
    const height = between(random, 14, 34);
    const shift = between(random, -90, 0);
    const path = `M${shift} ${y}q50 ${-height} 100 0t100 0t100 0t100 0t100 0t100 0V600H0Z`;
    return `<path d="${path}" fill="${layer % 2 === 0 ? accent : dark}" opacity="${0.34 + layer * 0.08}"/>`;
  });
  return moon + layers;
};

const eye: Motif = (random, { light, accent, dark }) => {
  const y = between(random, 190, 230);
  const open = between(random, 84, 128);
  const lashes = repeat(17, (i) => {
    const angle = Math.PI + ((i + 1) / 18) * Math.PI;
    const line = (r: number): string =>
      `${Math.round(200 + Math.cos(angle) * r * 1.25)} ${Math.round(y + Math.sin(angle) * r)}`;
    return `<path d="M${line(140)}L${line(between(random, 166, 215))}" stroke="${accent}" stroke-width="4" opacity=".7"/>`;
  });
  const white = `<path d="M40 ${y}Q200 ${y - open * 1.6} 360 ${y}Q200 ${y + open * 1.6} 40 ${y}Z" fill="${light}"/>`;
  const rings = repeat(3, (i) =>
    circle(200, y, Math.round(open * (0.68 - i * 0.2)), `fill="${[accent, dark, '#000'][i]}"`),
  );
  return lashes + white + rings + circle(222, y - 22, 10, 'fill="#fff" opacity=".9"');
};

const claws: Motif = (random, { light, accent, dark }) => {
  const glow = circle(between(random, 140, 260), between(random, 170, 240), 150, `fill="${accent}" opacity=".35"`);
  const cuts = repeat(4, (i) => {
    const x = 70 + i * 76 + between(random, -10, 10);
    const bend = between(random, 34, 70);
    const end = between(random, 380, 470);
    return `<path d="M${x} ${between(random, 20, 60)}Q${x + bend} 220 ${x - 24} ${end}Q${x + bend + 34} 220 ${x} 40Z" fill="${i % 2 === 0 ? light : dark}" opacity=".88"/>`;
  });
  return glow + cuts;
};

const forest: Motif = (random, { light, accent, dark }) => {
  const moon = circle(between(random, 110, 290), between(random, 130, 180), between(random, 62, 92), `fill="${light}"`);
  const trees = repeat(22, (i) => {
    const x = between(random, -20, 420);
    const height = between(random, 130, 270);
    const base = 400 + i * 7;
    return `<path d="M${x - height / 5} ${base}L${x} ${base - height}L${x + height / 5} ${base}Z" fill="${i < 9 ? accent : dark}" opacity="${i < 9 ? 0.3 : 0.85}"/>`;
  });
  return moon + trees;
};

const arches: Motif = (random, { light, accent, dark }) => {
  const x = between(random, 170, 230);
  const count = between(random, 5, 7);
  return repeat(count, (i) => {
    const half = 170 - i * (150 / count);
    const top = 70 + i * 34;
    return `<path d="M${x - half} 600V${top + half}A${half} ${half} 0 0 1 ${x + half} ${top + half}V600Z" fill="${i === count - 1 ? light : i % 2 === 0 ? accent : dark}" opacity="${i === count - 1 ? 0.95 : 0.5}"/>`;
  });
};

const frames: Motif = (random, { light, accent }) => {
  const tilt = between(random, -14, 14);
  return repeat(6, (i) => {
    const inset = 22 + i * 28;
    return `<rect x="${inset}" y="${inset}" width="${400 - 2 * inset}" height="${440 - 2 * inset}" fill="${i === 5 ? light : 'none'}" stroke="${i % 2 === 0 ? light : accent}" stroke-width="${7 - i}" opacity="${0.4 + i * 0.1}" transform="rotate(${tilt * i * 0.55} 200 220)"/>`;
  });
};

const contours: Motif = (random, { light, accent }) => {
  const x = between(random, 130, 270);
  const y = between(random, 160, 240);
  const phases = [random.next() * 6, random.next() * 6] as const;
  return repeat(11, (ring) => {
    const r = 22 + ring * 25;
    const points = Array.from({ length: 25 }, (_, i) => {
      const angle = (i / 24) * 2 * Math.PI;
      const wobble = 1 + 0.16 * Math.sin(angle * 3 + phases[0]) + 0.1 * Math.cos(angle * 2 + phases[1]);
      return `${Math.round(x + Math.cos(angle) * r * wobble)} ${Math.round(y + Math.sin(angle) * r * wobble)}`;
    });
    return `<path d="M${points.join('L')}Z" fill="${ring === 0 ? light : 'none'}" stroke="${ring % 3 === 0 ? light : accent}" stroke-width="3" stroke-linejoin="round" opacity="${0.95 - ring * 0.06}"/>`;
  });
};

const ANY_MOTIFS: readonly Motif[] = [sunrise, waves, tiles, contours, frames];

const GENRE_MOTIFS: Readonly<Record<string, readonly Motif[]>> = {
  Action: [shards, speedLines, horizonGrid, skyline, claws],
  Adventure: [ridges, sunrise, waves, forest, shards],
  Animation: [bubbles, tiles, petals, ridges, orbits],
  Children: [tiles, bubbles, ridges, petals, sunrise],
  Comedy: [tiles, bubbles, speedLines, petals, sunrise],
  Crime: [skyline, blinds, shards, frames, eye],
  Documentary: [contours, frames, ridges, tiles, eye],
  Drama: [sunrise, waves, contours, frames, arches],
  Fantasy: [arches, forest, petals, orbits, ridges],
  'Film-Noir': [blinds, skyline, eye, frames, arches],
  Horror: [eye, claws, forest, arches, blinds],
  IMAX: [orbits, ridges, waves, contours, horizonGrid],
  Musical: [waves, tiles, petals, bubbles, speedLines],
  Mystery: [eye, blinds, arches, forest, contours],
  Romance: [petals, bubbles, waves, sunrise, arches],
  'Sci-Fi': [orbits, horizonGrid, frames, contours, skyline],
  Thriller: [eye, skyline, shards, blinds, frames],
  War: [shards, ridges, speedLines, skyline, sunrise],
  Western: [sunrise, ridges, contours, arches, waves],
};

/** Draws one of the five motifs of the most specific genre. */
export function drawMotif(genres: readonly string[], random: Random, palette: Palette): string {
  const motifs =
    orderGenres(genres)
      .map((genre) => GENRE_MOTIFS[genre])
      .find((found) => found !== undefined) ?? ANY_MOTIFS;
  const motif = motifs[random.integer(motifs.length)] ?? sunrise;
  return motif(random, palette);
}
