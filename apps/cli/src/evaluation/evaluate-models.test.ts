import { describe, expect, it } from 'vitest';
import { presetFor } from './evaluate-models.ts';

const LARGE = { interactions: 1_000_000 };

describe('presetFor', () => {
  it('takes the generation as it is served where the moment of the request may be read', () => {
    const config = presetFor('v4', { protocol: 'temporal', counts: LARGE }, true);
    expect(config).toMatchObject({ requestTime: 'used', weightsFrom: 'latest' });
    expect(config.sources['gru4rec']?.config).toMatchObject({ requestTime: 'used' });
    expect(config.sources['time-transformer']?.config).not.toHaveProperty('requestTime');
  });

  it.each([1_000_000, 1000])('stops every clock without it, and leaves no source out, at %i interactions', (count) => {
    const split = { protocol: 'leave-one-out', counts: { interactions: count } };
    const [timeless, whole] = [presetFor('v4', split, false), presetFor('v4', split, true)];
    expect(timeless).toMatchObject({ requestTime: 'hidden', weightsFrom: 'last-items' });
    expect(Object.keys(timeless.sources)).toEqual(Object.keys(whole.sources));
    for (const [name, { config }] of Object.entries(timeless.sources)) {
      const { requestTime: _, ...others } = whole.sources[name]?.config ?? {};
      const hasRequestTime = name === 'gru4rec' || name === 'time-transformer';
      expect(config).toEqual(hasRequestTime ? { ...others, requestTime: 'hidden' } : others);
    }
  });
});
