/**
 * Packs the packages that can be used alone, installs the tarballs into an empty project, and there checks the types of
 * the first example of each README and runs it with plain Node. Run after `npm run build`: `npm run check-packages`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { folderOf, NEEDS_SERVER, readmeExample, USABLE_ALONE } from './readme-example.mjs';

/** Everything a tarball may hold: compiled code with its types, and three files beside it. */
const MAY_BE_PACKED = /^(dist\/(?!.*(\.test\.|\/testing\/)).*\.(js|d\.ts)|README\.md|LICENSE|package\.json)$/;
const MUST_BE_PACKED = ['dist/index.js', 'dist/index.d.ts', 'README.md', 'LICENSE', 'package.json'];

const root = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(path.join(os.tmpdir(), 'matinee-packed-'));
const failures = [];

function attempt(what, work) {
  try {
    work();
    console.log(`✓ ${what}`);
  } catch (error) {
    failures.push(what);
    console.error(`✗ ${what}\n${[error.message, error.stdout, error.stderr].filter(Boolean).join('\n')}`);
  }
}

const run = (command, ...options) => execFileSync(command, options, { cwd: project, encoding: 'utf8', stdio: 'pipe' });

/** Packs a package into the project's folder; returns the tarball's name. */
function pack(name) {
  const [{ filename, files, size }] = JSON.parse(run('npm', 'pack', folderOf(name), '--json'));
  const packed = files.map((file) => file.path);
  attempt(
    `${name}: ${packed.length} files, ${Math.round(size / 1024)} KB packed, and nothing that does not belong`,
    () => {
      const stray = packed.filter((file) => !MAY_BE_PACKED.test(file));
      const missing = MUST_BE_PACKED.filter((file) => !packed.includes(file));
      if (stray.length + missing.length > 0)
        throw new Error(`too much: ${stray.join(', ')}; missing: ${missing.join(', ')}`);
      if (readFileSync(`${folderOf(name)}/LICENSE`, 'utf8') !== readFileSync(`${root}/LICENSE`, 'utf8'))
        throw new Error(`packages/${name}/LICENSE differs from LICENSE`);
    },
  );
  return `./${filename}`;
}

/** Only packages from the tarballs count: one of the same name from a registry would be somebody else's. */
function requireTarballs() {
  const { packages } = JSON.parse(readFileSync(path.join(project, 'package-lock.json'), 'utf8'));
  for (const [place, { resolved }] of Object.entries(packages)) {
    if (/node_modules\/@matinee\//.test(place) && !resolved.startsWith('file:'))
      throw new Error(`${place} was installed from ${resolved}`);
  }
}

function checkTypes(file) {
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    typeRoots: [path.join(root, 'node_modules/@types')],
  });
  const diagnostics = ts.getPreEmitDiagnostics(program);
  const host = { getCurrentDirectory: () => project, getCanonicalFileName: (name) => name, getNewLine: () => '\n' };
  if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, host));
}

try {
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  const tarballs = USABLE_ALONE.map(pack);
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  attempt('the tarballs install together into an empty project', () => {
    run('npm', 'install', ...flags, ...tarballs);
    requireTarballs();
  });
  mkdirSync(path.join(project, 'examples'));
  for (const name of USABLE_ALONE) {
    const file = path.join(project, 'examples', `${name}.ts`);
    attempt(`${name}: the first example of the README has correct types`, () => {
      writeFileSync(file, readmeExample(name));
      checkTypes(file);
    });
    // Those run against a server in readme-examples.test.ts.
    if (NEEDS_SERVER.includes(name)) continue;
    attempt(`${name}: the first example of the README runs`, () => {
      const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
      const script = file.replace(/\.ts$/, '.mjs');
      writeFileSync(script, ts.transpileModule(readmeExample(name), { compilerOptions }).outputText);
      run(process.execPath, script);
    });
  }
} finally {
  rmSync(project, { recursive: true });
}
if (failures.length > 0) process.exitCode = 1;
