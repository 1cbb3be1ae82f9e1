import {
  findModelFamily,
  GENERATION_DEFAULTS,
  type GenerationConfig,
  type GenerationName,
  presetOf,
  type Split,
} from '@matinee/models';

/**
 * What a model is fitted with before a protocol's test or validation: the family's own defaults, or the presets of
 * generations; none is chosen on the test.
 *
 * @param requestTime Whether generations may read the moment of the request.
 */
export function configOf(
  name: string,
  { protocol, counts }: Pick<Split, 'protocol' | 'counts'>,
  { requestTime }: { readonly requestTime: boolean },
): Record<string, unknown> {
  const { defaults } = findModelFamily(name);
  if (!isGeneration(name)) return { ...defaults };
  const config: GenerationConfig = { ...GENERATION_DEFAULTS[name], ...presetOf(name, counts['interactions'] ?? 0) };
  // Generations learn on a part of their training data that is cut off as the protocol cuts off the test.
  const asProtocol = protocol === 'temporal' ? {} : { weightsFrom: 'last-item' };
  if (requestTime) return { ...config, ...asProtocol };
  const timeless = Object.entries(config.sources).filter(([, { family }]) => family !== 'time-transformer');
  return { ...config, ...asProtocol, sources: Object.fromEntries(timeless), clock: 'last-event' };
}

export function isGeneration(name: string): name is GenerationName {
  return Object.hasOwn(GENERATION_DEFAULTS, name);
}
