import v8 from 'node:v8';

/**
 * Tunes the garbage collector of this process for serving: a long-lived release, and requests with short-lived garbage.
 * With V8's defaults, which are made for growing pages, a V4 release is collected in full every second or two under
 * load, each time while ten requests wait. See docs/decisions/0017-garbage-of-requests.md.
 *
 * @param nodeOptions Options with which `node` was started; they take precedence.
 */
export function collectAsAServer(nodeOptions: readonly string[] = process.execArgv): void {
  for (const flag of FLAGS)
    if (!nodeOptions.some((option) => option.includes(nameOf(flag)))) v8.setFlagsFromString(flag);
}

const FLAGS = [
  // If some objects survive by chance, V8 would allocate all of their kind as old, which only full collections free.
  '--no-allocation-site-pretenuring',
  // Collect old objects when they have doubled; by default V8 may do so after a third more.
  '--heap-growing-percent=100',
];

function nameOf(flag: string): string {
  return flag.replace(/^--(no-)?/, '').replace(/=.*$/, '');
}
