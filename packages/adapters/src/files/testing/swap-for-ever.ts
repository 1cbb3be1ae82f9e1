/** Run as a process of its own: makes one release after the other the one to serve, until it is killed. */
import { useRelease } from '../release-store.ts';

const [folder = '', ...versions] = process.argv.slice(2);
for (let swap = 0; ; swap++) {
  await useRelease(folder, versions[swap % versions.length] as string);
  if (swap === versions.length) process.stdout.write('swapping\n');
}
