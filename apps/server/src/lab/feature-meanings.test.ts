import { createFeatureSchema } from '@matinee/models/features';
import { expect, it } from 'vitest';
import { meaningOf } from './feature-meanings.ts';

it('every feature has a meaning that refers to no other feature', () => {
  const { features } = createFeatureSchema([{ name: 'ease', family: 'ease' }]);
  for (const { name, meaning } of features) {
    expect(meaningOf(name, meaning), name).not.toMatch(
      /\b(of them|the same (of|with))\b|^mean cosine|the last 3$|^sum of the cosines|^largest cosine/,
    );
  }
});
