import { describe, expect, it } from 'vitest';
import { stageGroup } from './stage-group.ts';

describe('a stage', () => {
  it('belongs to the part of the training that its name says', () => {
    expect(stageGroup('hold out queries')).toBe('hold-out');
    expect(stageGroup('fit gru4rec without the latest part')).toBe('sources');
    expect(stageGroup('learn the blend’s weights')).toBe('blend');
    expect(stageGroup('choose a blend')).toBe('blend');
    expect(stageGroup('train the ranker')).toBe('ranker');
    expect(stageGroup('measure on what was held out')).toBe('measure');
    expect(stageGroup('fit gru4rec on everything')).toBe('refit');
  });
});
