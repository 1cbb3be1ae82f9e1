import { describe, expect, it } from 'vitest';
import { withCurrentNames } from './earlier-names.ts';

describe('withCurrentNames', () => {
  it('reads `clock` as `requestTime`, at any depth', () => {
    const saved = { clock: 'last-event', sources: { gru4rec: { config: { maxEpochs: 10, clock: 'request' } } } };
    expect(withCurrentNames(saved)).toEqual({
      requestTime: 'hidden',
      sources: { gru4rec: { config: { maxEpochs: 10, requestTime: 'used' } } },
    });
  });

  it('leaves a configuration of now as it is', () => {
    const saved = { requestTime: 'used', withheldFeatures: ['user'], validation: null };
    expect(withCurrentNames(saved)).toEqual(saved);
  });
});
