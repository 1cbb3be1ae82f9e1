import { readdirSync } from 'node:fs';
import os from 'node:os';

/**
 * Sets the niceness of every thread of this process. On Linux a process's niceness is that of its first thread alone:
 * the threads that Node starts with, which collect garbage and compile, would go on at full priority. Threads that are
 * started later inherit it.
 */
export function lowerPriority(niceness: number): void {
  os.setPriority(niceness);
  if (process.platform !== 'linux') return;
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      os.setPriority(Number(thread), niceness);
    } catch {
      // The thread has ended since.
    }
  }
}
