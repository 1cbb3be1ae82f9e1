import v8 from 'node:v8';

/**
 * Fits the collector of this process to serving: a release that stays, and requests whose garbage is young. By V8's own choices,
 * which are made for pages that grow, a V4 release is collected as a whole every second or two under load, each time with ten
 * requests that wait for it. See docs/decisions/0017-garbage-of-requests.md.
 *
 * @param asked What `node` itself was started with: an operator's own choice holds.
 */
export function collectAsAServer(asked: readonly string[] = process.execArgv): void {
  for (const flag of FLAGS) if (!asked.some((option) => option.includes(nameOf(flag)))) v8.setFlagsFromString(flag);
}

const FLAGS = [
  // What was alive at an unlucky moment would from then on be made among what is old, and collected with all of it.
  '--no-allocation-site-pretenuring',
  // Collect when what is old has grown to twice what it was; by itself V8 goes down to a third more.
  '--heap-growing-percent=100',
];

function nameOf(flag: string): string {
  return flag.replace(/^--(no-)?/, '').replace(/=.*$/, '');
}
