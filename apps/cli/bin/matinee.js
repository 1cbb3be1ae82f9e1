#!/usr/bin/env node
// npm links a command at install time, before anything is built; so the link points here.
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write('matinee: not built yet; run: npm run build\n');
  process.exitCode = 1;
}
