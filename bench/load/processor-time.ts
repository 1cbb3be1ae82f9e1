import { readFileSync } from 'node:fs';

/** What a process has taken of the machine since it began, in seconds. */
export interface ProcessorTime {
  /** Of the main thread, which answers the requests. */
  readonly mainThread: number;
  /** Of all threads together. */
  readonly process: number;
}

/** `sysconf(_SC_CLK_TCK)` on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

/** Reads /proc, so it works on Linux alone. */
export function processorTimeOf(pid: number): ProcessorTime {
  return { mainThread: read(`/proc/${pid}/task/${pid}/stat`), process: read(`/proc/${pid}/stat`) };
}

function read(file: string): number {
  // The name in brackets may hold spaces.
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
