import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    // scripts/check-bundle.mjs reads the manifest.
    manifest: true,
    // The server's Content-Security-Policy allows no inline script, which is what the polyfill is.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // `npm run dev -w @matinee/web` beside `npm start`.
    proxy: { '/api': 'http://127.0.0.1:8003' },
  },
});
