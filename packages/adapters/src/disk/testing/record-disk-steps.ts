import { readlinkSync } from 'node:fs';
import promises, { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import path from 'node:path';

/**
 * Returns the syncs and renames that happen during `work`, in their order: `sync FOLDER/FILE`, `rename FROM -> TO`. Every
 * temporary name is `.partial`. The real calls are made.
 *
 * @remarks Linux only: /proc knows the path of an open file.
 */
export async function recordDiskSteps(work: () => Promise<unknown>): Promise<readonly string[]> {
  const steps: string[] = [];
  const handle = await open(os.tmpdir(), 'r');
  const prototype = Object.getPrototypeOf(handle) as { sync(this: { readonly fd: number }): Promise<void> };
  await handle.close();
  const { sync } = prototype;
  const { rename } = promises;
  prototype.sync = async function () {
    const file = readlinkSync(`/proc/self/fd/${this.fd}`);
    await sync.call(this);
    steps.push(`sync ${shorten(file)}`);
  };
  promises.rename = async (from, to) => {
    await rename(from, to);
    steps.push(`rename ${last(String(from))} -> ${last(String(to))}`);
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    prototype.sync = sync;
    promises.rename = rename;
    syncBuiltinESMExports();
  }
  return steps;
}

const last = (file: string): string => path.basename(file).replace(/^\.partial-.*/, '.partial');

/** A file in a temporary folder with that folder, everything else by its own name. */
function shorten(file: string): string {
  const parent = last(path.dirname(file));
  return parent === '.partial' ? `${parent}/${last(file)}` : last(file);
}
