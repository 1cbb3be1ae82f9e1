/**
 * Measures the size of the home page, of each screen that loads later and of the client: prints every file that the
 * page loads according to Vite's manifest, and fails when the budgets are exceeded. Run after `npm run build`: `npm run
 * bundle-budget`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const DIST = new URL('../apps/web/dist/', import.meta.url);
const KB = 1024;
const budgets = [
  { name: 'JavaScript', pattern: /\.js$/, maxBytes: 120 * KB },
  { name: 'CSS', pattern: /\.css$/, maxBytes: 12 * KB },
  { name: 'HTML', pattern: /\.html$/, maxBytes: 5 * KB },
];

/** What a screen that loads with its first use may add. */
const MAX_SCREEN_BYTES = 130 * KB;

/** All files that load with these entries: themselves, their static imports and their styles. */
function filesOf(manifest, isEntry, first = []) {
  const files = new Set(first);
  const visit = (key) => {
    const chunk = manifest[key];
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  for (const [key, chunk] of Object.entries(manifest)) if (isEntry(chunk)) visit(key);
  return [...files];
}

let manifest;
try {
  manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));
} catch {
  console.error('apps/web/dist/.vite/manifest.json is not there; run: npm run build');
  process.exit(1);
}
const compressed = (file) => gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length;
const homeFiles = filesOf(manifest, (chunk) => chunk.isEntry, ['index.html', 'theme.js', 'early.js']);
const sizes = homeFiles.map((file) => ({ file, bytes: compressed(file) }));
for (const { file, bytes } of sizes) console.log(`${(bytes / KB).toFixed(1).padStart(7)} KB gz  ${file}`);
for (const { name, pattern, maxBytes } of budgets) {
  const bytes = sizes.filter(({ file }) => pattern.test(file)).reduce((sum, size) => sum + size.bytes, 0);
  const fits = bytes > 0 && bytes <= maxBytes;
  console.log(`${fits ? '✓' : '✗'} ${name}: ${(bytes / KB).toFixed(1)} of ${maxBytes / KB} KB gz`);
  if (!fits) process.exitCode = 1;
}

for (const screen of Object.values(manifest).filter((chunk) => chunk.isDynamicEntry)) {
  const own = filesOf(manifest, (chunk) => chunk === screen).filter((file) => !homeFiles.includes(file));
  const bytes = own.map(compressed).reduce((sum, size) => sum + size, 0);
  const fits = bytes <= MAX_SCREEN_BYTES;
  console.log(`${fits ? '✓' : '✗'} ${screen.src}: ${(bytes / KB).toFixed(1)} of ${MAX_SCREEN_BYTES / KB} KB gz`);
  if (!fits) process.exitCode = 1;
}

const MAX_CLIENT_BYTES = 10 * KB;
const bundled = await build({
  entryPoints: [fileURLToPath(new URL('../packages/client/dist/index.js', import.meta.url))],
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  write: false,
});
const clientBytes = gzipSync(bundled.outputFiles[0].contents, { level: 9 }).length;
const fits = clientBytes <= MAX_CLIENT_BYTES;
console.log(`${fits ? '✓' : '✗'} client: ${(clientBytes / KB).toFixed(1)} of ${MAX_CLIENT_BYTES / KB} KB gz`);
if (!fits) process.exitCode = 1;
