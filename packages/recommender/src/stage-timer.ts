/** Milliseconds by stage, in the order of running. */
export type StagesMs = Readonly<Record<string, number>>;

/** Measures named stages by the clock it is given. */
export function createStageTimer(now: () => number): {
  time<T>(stage: string, work: () => T): T;
  stagesMs(): StagesMs;
} {
  const stages: Record<string, number> = {};
  return {
    time(stage, work) {
      const startedAt = now();
      const result = work();
      stages[stage] = now() - startedAt;
      return result;
    },
    stagesMs: () => ({ ...stages }),
  };
}
