/**
 * Measures `GET /recommend` under load; `bench/load/measure-load.ts` says how.
 *
 * Options: `--home FOLDER` serves what was trained there (with `matinee train --preset v4 --home FOLDER`), and without
 * it V1 is trained in a temporary folder; `--data FOLDER` (default: the bundled set); `--generation v1|v2|v3|v4`;
 * `--rate N` requests a second; `--seconds N` of each phase; `--kept-mb N`; `--only
 * known,feedback,saturation,new,cached`.
 */
import { measureLoad } from './load/measure-load.ts';

export const description =
  '/recommend at random moments: latency, right after feedback, saturation, new visitors, memory';

export function run(options: readonly string[]): Promise<void> {
  const pathFor = (userIdx: number): string => `/recommend?user_idx=${userIdx}&k=20`;
  return measureLoad({ name: '/recommend', defaultRate: 100, pathFor }, options);
}
