/**
 * Sends what /openapi.json allows, and what it does not, to a running server with schemathesis: `npm run check-openapi`
 * after `npm run build`. Fails on a 5xx, an answer that is not described, one that differs from its schema, and a
 * method that is neither described nor refused with 405. The server is the built program on its bundled data with V1;
 * requests bring a key with every scope, and demo mode is off.
 *
 * MATINEE_PYTHON names a Python with schemathesis (.ci/run makes one). `--seed 2` draws other requests.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// Not unsupported_method and allow_header_conformance: titles are written at a short address, too, which is not
// described (docs/api.md). allowed-methods.test.ts holds what methods are answered with.
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'use_after_free',
];
/** Fuzzing and sequences of requests repeat until it is spent. */
const SECONDS = 90;

const { seed } = parseArgs({ options: { seed: { type: 'string', default: '1' } } }).values;
const program = fileURLToPath(new URL('../apps/cli/dist/main.js', import.meta.url));
const python = process.env['MATINEE_PYTHON'] ?? 'python3';
const home = mkdtempSync(path.join(os.tmpdir(), 'matinee-openapi-'));

let server;
try {
  const key = makeKey();
  server = spawn(
    process.execPath,
    [program, 'start', ...['--until', 'v1', '--home', home, '--port', '0', '--keys', 'on', '--demo', 'off', '--json']],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  process.exitCode = await run(await addressOf(server), key);
} finally {
  server?.kill('SIGTERM');
  if (server !== undefined && server.exitCode === null) await once(server, 'exit');
  rmSync(home, { recursive: true, force: true });
}

function makeKey() {
  const options = ['--scope', 'read,write,catalogue,admin', '--name', 'everything', '--home', home];
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, 'keys', 'create', ...options], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`no key was made: ${stderr}`);
  return stdout.trim();
}

async function addressOf({ stdout }) {
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line).url;
  throw new Error('the server ended before it listened');
}

/** Returns the exit code of schemathesis: 0 where every answer is as described. */
async function run(url, key) {
  const schemathesis = spawn(
    python,
    [
      ...['-m', 'schemathesis.cli', 'run', `${url}/openapi.json`, '--header', `x-api-key: ${key}`],
      ...['--phases', 'examples,coverage,fuzzing,stateful', '--checks', CHECKS.join(',')],
      ...['--max-time', String(SECONDS), '--max-examples', '20', '--seed', seed, '--continue-on-failure'],
      // Its answer has no end.
      ...['--exclude-operation-id', 'streamEvents'],
      // Draws keys that would stand beside the valid one.
      ...['--generation-with-security-parameters', 'false'],
      ...['--generation-database', 'none', '--request-timeout', '20', '--warnings', 'off', '--no-color'],
    ],
    { stdio: 'inherit', cwd: home },
  );
  const [code] = await once(schemathesis, 'exit');
  return code ?? 1;
}
