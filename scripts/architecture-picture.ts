/**
 * Draws docs/architecture.svg: `npm run architecture-picture`. Packages from the lowest to the highest, each with its
 * folders in the order of scripts/folder-order.cjs. A test fails when the file and the folders differ.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Highest first, as the picture shows them; two on one floor do not know each other. */
const FLOORS: readonly (readonly Package[])[] = [
  [
    { root: 'apps/web/src', says: 'the page; talks HTTP only' },
    { root: 'apps/server/src', says: 'HTTP: one file a route' },
    { root: 'apps/cli/src', says: 'matinee …: one file a command' },
  ],
  [{ root: 'packages/adapters/src', says: 'ports made real: data, files, event log, vector search' }],
  [{ root: 'packages/recommender/src', says: 'one request: recommend.ts, from hydrate to explain' }],
  [{ root: 'packages/models/src', says: 'every model, from data to release and report' }],
  [
    { root: 'packages/numerics/src', says: 'matrices, randomness, training engine' },
    { root: 'packages/gbdt/src', says: 'gradient-boosted trees' },
  ],
];

const WIDTH = 1120;
const MARGIN = 24;
const GAP = 14;
const CHIP_HEIGHT = 24;
const LETTER = 7.0;

interface Package {
  readonly root: string;
  /** One line for the reader. */
  readonly says: string;
}

interface Box {
  readonly height: number;
  /** The box as SVG, as high as its floor. */
  readonly draw: (floorHeight: number) => string;
}

/** @param folders As in scripts/folder-order.cjs. */
export function drawArchitecture(folders: Readonly<Record<string, readonly string[]>>): string {
  let y = MARGIN;
  const parts: string[] = [];
  for (const floor of FLOORS) {
    const width = (WIDTH - 2 * MARGIN - GAP * (floor.length - 1)) / floor.length;
    const boxes = floor.map(({ root, says }, place) =>
      drawPackage({ root, says, folders: folders[root] ?? [], x: MARGIN + place * (width + GAP), y, width }),
    );
    const height = Math.max(...boxes.map((box) => box.height));
    for (const box of boxes) parts.push(box.draw(height));
    y += height + GAP;
  }
  const height = y + 26;
  parts.push(
    `<text class="note" x="${MARGIN}" y="${y + 10}">A package imports from those below it. Inside a package, a folder ` +
      'imports from those before it, from left to right.</text>',
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`,
    '<title id="title">Packages of Matinee, the lowest at the bottom, with their folders in the order of data</title>',
    '<style>',
    'text{font-family:ui-sans-serif,system-ui,sans-serif;fill:#1d2733}',
    '.box{fill:#f4f6f9;stroke:#c5ced9}.name{font-size:17px;font-weight:650}.says,.note{font-size:13px;fill:#4a5868}',
    '.chip{fill:#ffffff;stroke:#9fb2c8}.folder{font-size:12.5px;font-family:ui-monospace,monospace}',
    '</style>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

interface Place extends Package {
  readonly folders: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function drawPackage({ root, says, folders, x, y, width }: Place): Box {
  const chips: { folder: string; left: number; top: number; chipWidth: number }[] = [];
  let left = 14;
  let top = 62;
  for (const folder of folders.filter((name) => name !== '.')) {
    const chipWidth = Math.round(folder.length * (LETTER + 0.55) + 16);
    if (left + chipWidth > width - 14) {
      left = 14;
      top += CHIP_HEIGHT + 8;
    }
    chips.push({ folder, left, top, chipWidth });
    left += chipWidth + 8;
  }
  const height = top + CHIP_HEIGHT + 14;
  const draw = (floorHeight: number): string =>
    [
      `<rect class="box" x="${x}" y="${y}" width="${width}" height="${floorHeight}" rx="10"/>`,
      `<text class="name" x="${x + 14}" y="${y + 27}">${root.replace(/\/src$/, '')}</text>`,
      `<text class="says" x="${x + 14}" y="${y + 47}">${says}</text>`,
      ...chips.map(
        (chip) =>
          `<rect class="chip" x="${x + chip.left}" y="${y + chip.top}" width="${chip.chipWidth}" ` +
          `height="${CHIP_HEIGHT}" rx="6"/><text class="folder" x="${x + chip.left + 8}" y="${y + chip.top + 16.5}">` +
          `${chip.folder}</text>`,
      ),
    ].join('\n');
  return { height, draw };
}

const file = fileURLToPath(import.meta.url);
if (process.argv[1] === file) {
  const folders = createRequire(import.meta.url)('./folder-order.cjs');
  writeFileSync(path.join(path.dirname(file), '../docs/architecture.svg'), drawArchitecture(folders));
}
