import { readFileSync } from 'node:fs';

/**
 * Returns what tells this process from all others of the machine, also from a later one with its number: its number and
 * the clock tick at which it began.
 */
export function ownMark(): string {
  return `${process.pid}-${startOf(process.pid) ?? 0}`;
}

/** Returns whether the process with this mark runs. A text that is no mark belongs to none. */
export function isRunning(mark: string): boolean {
  const [, pid, start] = /^([1-9]\d*)-(\d+)$/.exec(mark) ?? [];
  if (pid === undefined || !isPidTaken(Number(pid))) return false;
  const startNow = startOf(Number(pid));
  // Systems without /proc know the number only.
  return startNow === undefined || startNow === Number(start);
}

function isPidTaken(pid: number): boolean {
  try {
    // Signal 0 only checks that the process exists.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Clock ticks between the boot and the start of the process: field 22 of proc(5). */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, and may hold blanks and brackets itself.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}
