import { parseConfig } from '../config/parse-config.ts';
import { findSourceFamily } from '../families/find-source-family.ts';
import {
  GENERATION_DEFAULTS,
  type GenerationConfig,
  type GenerationName,
  generationConfigSchema,
  type SourceConfig,
} from './generation-config.ts';

/** Circumstances of a fit that change a generation's defaults. */
export interface GenerationCircumstances {
  /** Interactions to fit on. Few of them: networks train with their settings for small data. Absent: many. */
  readonly interactionCount?: number;
  /** How the protocol cuts off its test. What blend and ranker learn on is cut off alike. Absent: the default. */
  readonly weightsFrom?: GenerationConfig['weightsFrom'];
  /** `hidden`: neither features nor sources read the request time. Absent: the default. */
  readonly requestTime?: GenerationConfig['requestTime'];
}

/** Number of interactions from which networks train with their defaults; below, with their settings for small data. */
export const LARGE_DATA = 300_000;
const SMALL_GO_ON = { maxEpochs: 2, learningRate: 0.001 };

/**
 * Returns the complete, checked configuration of a generation: its defaults, adapted to the circumstances, under the
 * overrides. A complete configuration stays as it is when it is passed as `overrides`.
 *
 * @throws {MatineeError} `BAD_CONFIG` naming the field.
 */
export function resolveGeneration(
  name: GenerationName,
  circumstances: GenerationCircumstances = {},
  overrides: Partial<GenerationConfig> = {},
): GenerationConfig {
  const { interactionCount = Number.POSITIVE_INFINITY, weightsFrom, requestTime } = circumstances;
  const config = { ...GENERATION_DEFAULTS[name] };
  if (interactionCount < LARGE_DATA) {
    config.sources = mapSources(config.sources, forSmallData);
  }
  if (weightsFrom !== undefined) config.weightsFrom = weightsFrom;
  if (requestTime === 'hidden') {
    config.requestTime = requestTime;
    config.sources = mapSources(config.sources, withoutRequestTime);
  }
  return parseConfig(name, generationConfigSchema, config, overrides);
}

/**
 * The same generation to be fitted again on somewhat more data: sources trained in epochs continue from what they have
 * learned.
 */
export function continueSources(config: GenerationConfig): GenerationConfig {
  return { ...config, sources: mapSources(config.sources, (source) => ({ ...source, ...goOnOf(source) })) };
}

/** The same generation with every default of its sources filled in: a record that later defaults cannot change. */
export function completeSources(config: GenerationConfig): GenerationConfig {
  const sources = mapSources(config.sources, ({ family, config: own, ...others }) => ({
    family,
    config: { ...findSourceFamily(family).defaults, ...own },
    ...others,
  }));
  return { ...config, sources };
}

function forSmallData({ family, config }: SourceConfig): SourceConfig {
  const { training } = findSourceFamily(family).traits;
  if (training === 'direct') return { family, config };
  return { family, config: { ...config, ...training.smallData }, goOn: SMALL_GO_ON };
}

function withoutRequestTime(source: SourceConfig): SourceConfig {
  if (!('requestTime' in findSourceFamily(source.family).defaults)) return source;
  return { ...source, config: { ...source.config, requestTime: 'hidden' } };
}

function goOnOf({ family, goOn }: SourceConfig): Pick<SourceConfig, 'goOn'> {
  return findSourceFamily(family).traits.training === 'direct' ? {} : { goOn: goOn ?? SMALL_GO_ON };
}

function mapSources(
  sources: GenerationConfig['sources'],
  change: (source: SourceConfig) => SourceConfig,
): GenerationConfig['sources'] {
  return Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, change(source)]));
}
