import { createServer } from 'node:net';
import path from 'node:path';
import { defineConfig } from '@playwright/test';

/** Debian's. Playwright's own browsers are not used: what users have is what is tested. */
const CHROMIUM = process.env['MATINEE_CHROMIUM'] ?? '/usr/bin/chromium';

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

// Each worker process reads this file again: the first one chooses, the others find the choice in the environment.
process.env['MATINEE_E2E_PORT'] ??= String(await freePort());
const port = process.env['MATINEE_E2E_PORT'];
const baseURL = `http://127.0.0.1:${port}`;

export default defineConfig({
  testDir: path.join(import.meta.dirname, 'e2e'),
  outputDir: path.join(import.meta.dirname, 'test-results'),
  // Not a test: renews the README's picture (npm run screenshot).
  testIgnore: 'screenshot.spec.ts',
  fullyParallel: true,
  // One server for all tests: each test acts as a viewer of its own.
  workers: 2,
  forbidOnly: true,
  // A machine that starves the server for a moment gets a 503 in the console, as it should; twice is a failure.
  retries: process.env['CI'] === undefined ? 0 : 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  // PLAYWRIGHT_JSON_OUTPUT_NAME names the file of the json reporter (.ci/run).
  reporter: [['list']],
  use: {
    baseURL,
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  webServer: {
    command: `node e2e/start-server.mjs ${port} ${CHROMIUM}`,
    cwd: import.meta.dirname,
    url: `${baseURL}/readyz`,
    timeout: 120_000,
    stdout: 'pipe',
    stderr: 'pipe',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
  },
});
