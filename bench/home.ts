/**
 * Measures `GET /api/v1/home` under load; `bench/load/measure-load.ts` says how. Options as of `bench -- recommend`; 40
 * pages a second by default.
 */
import { measureLoad } from './load/measure-load.ts';

export const description = 'the home page at random moments: latency, right after feedback, saturation, memory';

export function run(options: readonly string[]): Promise<void> {
  const pathFor = (userIdx: number): string => `/api/v1/home?userIdx=${userIdx}`;
  return measureLoad({ name: '/api/v1/home', defaultRate: 40, pathFor }, [
    '--only',
    'known,feedback,saturation',
    ...options,
  ]);
}
