import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Below this, headers weigh more than compression saves. */
const MIN_BYTES = 1024;

/** Writes a .br and a .gz beside each text file: compressed once and well, the server sends them as they are. */
function precompress(): Plugin {
  let folder = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved({ root, build }) {
      folder = path.resolve(root, build.outDir);
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue;
        const file = path.join(entry.parentPath, entry.name);
        const bytes = readFileSync(file);
        if (bytes.length < MIN_BYTES) continue;
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(
          `${file}.br`,
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
        );
      }
    },
  };
}

export default defineConfig({
  // Addresses relative to index.html: the server knows the path below which it is reached, the build does not.
  base: './',
  plugins: [react(), precompress()],
  build: {
    // The policy allows no data: addresses either.
    assetsInlineLimit: 0,
    // scripts/check-bundle.mjs reads the manifest.
    manifest: true,
    // The server's Content-Security-Policy allows no inline script, which is what the polyfill is.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // `npm run dev -w @matinee/web` beside `npm start`.
    // The Host stays that of the page, because the server refuses writes from another origin.
    proxy: { '/api': { target: 'http://127.0.0.1:8003', changeOrigin: false } },
  },
});
