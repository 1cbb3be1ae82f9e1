/**
 * `npm run bench` lists the benchmarks; `npm run bench -- NAME [options]` runs one. Each is a file of this folder that
 * exports `description` and `run(options)`, prints its measurements with protocol, seed and machine, and asserts
 * nothing unless it says so.
 */
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Benchmark {
  readonly description: string;
  run(options: readonly string[]): Promise<void>;
}

const folder = path.dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

const [name, ...options] = process.argv.slice(2);
if (name !== undefined && names.includes(name)) {
  const cpus = os.cpus();
  console.log(
    `machine: ${cpus.length} × ${cpus[0]?.model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  const benchmark = (await import(`./${name}.ts`)) as Benchmark;
  await benchmark.run(options);
} else {
  if (name !== undefined) {
    console.error(`no benchmark "${name}"`);
    process.exitCode = 2;
  }
  console.log('npm run bench -- NAME [options]\n');
  for (const each of names) {
    const benchmark = (await import(`./${each}.ts`)) as Benchmark;
    console.log(`  ${each.padEnd(20)} ${benchmark.description}`);
  }
}
