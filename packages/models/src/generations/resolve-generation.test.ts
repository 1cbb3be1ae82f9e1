import { describe, expect, it } from 'vitest';
import { LARGE_DATA, resolveGeneration } from './resolve-generation.ts';

const networksOf = (interactionCount: number) => {
  const { sources } = resolveGeneration('v4', { interactionCount });
  return { sasrec: sources['sasrec']!, gru4rec: sources['gru4rec']!, ease: sources['ease']! };
};

describe('resolveGeneration', () => {
  it('trains networks on small data in smaller batches and with more dropout', () => {
    const { sasrec, gru4rec } = networksOf(LARGE_DATA - 1);
    expect(sasrec.config).toMatchObject({ tokensPerBatch: 1600, dropoutRate: 0.4 });
    expect(gru4rec.config).toMatchObject({ batchSize: 16, dropoutRate: 0.4, requestTime: 'used' });
  });

  it('goes on from the earlier fit of a network on small data alone', () => {
    const small = networksOf(LARGE_DATA - 1);
    const large = networksOf(LARGE_DATA);
    expect([small.sasrec.goOn, small.ease.goOn]).toEqual([{ maxEpochs: 2, learningRate: 0.001 }, undefined]);
    expect(large.sasrec).toEqual({ family: 'sasrec', config: {} });
    expect(large.gru4rec).toEqual({ family: 'gru4rec', config: { maxEpochs: 10, requestTime: 'used' } });
  });

  it('keeps what is set, over the settings for small data', () => {
    const sources = { sasrec: { family: 'sasrec', config: { maxEpochs: 3 } } };
    expect(resolveGeneration('v4', { interactionCount: 100 }, { sources }).sources).toEqual(sources);
  });
});
