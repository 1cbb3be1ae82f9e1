export type StageGroup = 'hold-out' | 'sources' | 'blend' | 'ranker' | 'measure' | 'refit';

/** Returns the part of the training that a stage belongs to, by its name. */
export function stageGroup(stage: string): StageGroup {
  if (/on everything$/.test(stage)) return 'refit';
  if (/^fit .* without/.test(stage)) return 'sources';
  if (/blend/.test(stage)) return 'blend';
  if (/measure/.test(stage)) return 'measure';
  if (/hold out/.test(stage)) return 'hold-out';
  return 'ranker';
}
