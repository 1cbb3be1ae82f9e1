import type { StagesMs } from '@matinee/recommender';

/** Formats stages as the `Server-Timing` header, which browsers' developer tools draw. */
export function toServerTiming(stagesMs: StagesMs): string {
  return Object.entries(stagesMs)
    .map(([stage, ms]) => `${stage};dur=${ms.toFixed(3)}`)
    .join(', ');
}

/** Rounds to microseconds; further digits are noise. */
export function roundStages(stagesMs: StagesMs): Record<string, number> {
  return Object.fromEntries(Object.entries(stagesMs).map(([stage, ms]) => [stage, Math.round(ms * 1000) / 1000]));
}
