/**
 * Starts the server for the browser tests: the built program on its bundled data, in a temporary home that is deleted
 * at the end. It serves V1 alone, so that no other generation takes over during a test.
 *
 * playwright.config.ts runs it: node e2e/start-server.mjs PORT CHROMIUM
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const [port, chromium] = process.argv.slice(2);
const root = path.dirname(import.meta.dirname);
const program = path.join(root, 'apps/cli/dist/main.js');

const needs = [
  [chromium, 'Install it (Debian: apt-get install chromium), or name another with MATINEE_CHROMIUM.'],
  [program, 'Run: npm run build'],
  [path.join(root, 'apps/web/dist/index.html'), 'Run: npm run build'],
];
for (const [file, advice] of needs) {
  if (existsSync(file)) continue;
  process.stderr.write(`The browser tests need ${file}, which is not there. ${advice}\n`);
  process.exit(1);
}

const home = mkdtempSync(path.join(tmpdir(), 'matinee-e2e-'));
const server = spawn(process.execPath, [program, 'start', '--until', 'v1', '--home', home, '--port', port], {
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.kill(signal));
server.on('exit', (code) => {
  rmSync(home, { recursive: true, force: true });
  process.exit(code ?? 0);
});
