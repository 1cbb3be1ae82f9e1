/**
 * Measures the size of the home page: prints every file that it loads according to Vite's manifest, and fails when
 * they exceed the design's budgets. Run after `npm run build`: `npm run bundle-budget`.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../apps/web/dist/', import.meta.url);
const KB = 1024;
const budgets = [
  { name: 'JavaScript', pattern: /\.js$/, maxBytes: 120 * KB },
  { name: 'CSS', pattern: /\.css$/, maxBytes: 12 * KB },
  { name: 'HTML', pattern: /\.html$/, maxBytes: 5 * KB },
];

/** All files that load before the home page works: the entry, its static imports and their styles. */
function filesOf(manifest) {
  const files = new Set(['index.html', 'theme.js']);
  const visit = (key) => {
    const chunk = manifest[key];
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(key);
  return [...files];
}

let manifest;
try {
  manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));
} catch {
  console.error('apps/web/dist/.vite/manifest.json is not there; run: npm run build');
  process.exit(1);
}
const sizes = filesOf(manifest).map((file) => ({
  file,
  bytes: gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length,
}));
for (const { file, bytes } of sizes) console.log(`${(bytes / KB).toFixed(1).padStart(7)} KB gz  ${file}`);
for (const { name, pattern, maxBytes } of budgets) {
  const bytes = sizes.filter(({ file }) => pattern.test(file)).reduce((sum, size) => sum + size.bytes, 0);
  const fits = bytes > 0 && bytes <= maxBytes;
  console.log(`${fits ? '✓' : '✗'} ${name}: ${(bytes / KB).toFixed(1)} of ${maxBytes / KB} KB gz`);
  if (!fits) process.exitCode = 1;
}
