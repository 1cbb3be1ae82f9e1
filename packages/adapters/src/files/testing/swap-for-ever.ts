/** Runs as a separate process: makes the given releases current in turn until it is killed. */
import { useRelease } from '../release-store.ts';

const [folder = '', ...versions] = process.argv.slice(2);
for (let swap = 0; ; swap++) {
  await useRelease(folder, versions[swap % versions.length] as string);
  if (swap === versions.length) process.stdout.write('swapping\n');
}
