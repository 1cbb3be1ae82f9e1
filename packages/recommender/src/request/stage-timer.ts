/** Milliseconds by stage, in the order of running. */
export type StagesMs = Readonly<Record<string, number>>;

/** Measures named stages. */
export interface StageTimer {
  /** Runs a stage; one that returns a promise lasts until it settles. */
  time<T>(stage: string, work: () => T | Promise<T>): Promise<T>;
  stagesMs(): StagesMs;
}

export function createStageTimer(now: () => number): StageTimer {
  const stages: Record<string, number> = {};
  return {
    async time(stage, work) {
      const startedAt = now();
      const result = await work();
      stages[stage] = now() - startedAt;
      return result;
    },
    stagesMs: () => ({ ...stages }),
  };
}
