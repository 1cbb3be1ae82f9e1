/**
 * `npm start`: builds, then becomes the program, and ends with the process that started it. npm passes a signal to the
 * shell between itself and this process; that shell dies of it and tells nobody.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const npm = process.env['npm_execpath'];
const [command, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
const build = spawn(command, [...first, 'run', '-s', 'build'], { cwd: root, stdio: 'inherit' });

const PARENT_CHECK_MS = 250;
if (process.env['npm_lifecycle_event'] === 'start') {
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS);
  check.unref();
}

const stop = (signal) => {
  build.kill(signal);
  process.exit(signal === 'SIGINT' ? 130 : 143);
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

const code = await new Promise((resolve) => {
  build.on('exit', (exitCode) => resolve(exitCode ?? 1));
  build.on('error', (error) => {
    process.stderr.write(`npm start: the build did not start: ${error.message}\n`);
    resolve(1);
  });
});
process.off('SIGTERM', stop);
process.off('SIGINT', stop);
if (code !== 0) process.exit(code);

const program = path.join(root, 'apps/cli/dist/main.js');
process.argv = [process.argv[0], program, 'start', ...process.argv.slice(2)];
await import(pathToFileURL(program).href);
