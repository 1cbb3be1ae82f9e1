import { existsSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineConfig } from '@playwright/test';

const CHROMIUM = process.env['MATINEE_CHROMIUM'] ?? '/usr/bin/chromium';
const CLI = 'apps/cli/dist/main.js';
const root = import.meta.dirname;

function require(file: string, advice: string): void {
  if (!existsSync(file)) throw new Error(`The browser tests need ${file}. ${advice}`);
}

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

require(CHROMIUM, 'Install it (Debian: apt-get install chromium), or name another with MATINEE_CHROMIUM.');
require(path.join(root, CLI), 'Run: npm run build');
require(path.join(root, 'apps/web/dist/index.html'), 'Run: npm run build');

// Each worker process reads this file again: the first one chooses, the others find the choice in the environment.
process.env['MATINEE_E2E_PORT'] ??= String(await freePort());
process.env['MATINEE_E2E_HOME'] ??= mkdtempSync(path.join(tmpdir(), 'matinee-e2e-'));
const port = process.env['MATINEE_E2E_PORT'];
const home = process.env['MATINEE_E2E_HOME'];
const baseURL = `http://127.0.0.1:${port}`;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  globalTeardown: './e2e/remove-home.ts',
  fullyParallel: true,
  // One server for all tests: each test acts as a viewer of its own.
  workers: 2,
  forbidOnly: true,
  timeout: 40_000,
  expect: { timeout: 8_000 },
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
    // The program itself, on the bundled data, in a home of its own.
    command: `node ${CLI} start --home ${home} --port ${port}`,
    cwd: root,
    url: `${baseURL}/readyz`,
    timeout: 120_000,
    stdout: 'pipe',
    stderr: 'pipe',
  },
});
