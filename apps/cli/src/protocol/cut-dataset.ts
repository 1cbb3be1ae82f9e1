import { buildInteractions, CONFIDENCE_PRESETS, type Dataset, parseConfidenceRule } from '@matinee/models/data';
import { createSplit, filterInteractions, type Split } from '@matinee/models/splits';
import type { ProtocolOptions } from './protocol-options.ts';

/** Weights, filters and splits a data set according to a command's options. */
export function cutDataset(dataset: Dataset, options: ProtocolOptions): Split {
  const rule = parseConfidenceRule(CONFIDENCE_PRESETS[options.confidence]);
  return createSplit(
    options.protocol,
    {
      interactions: filterInteractions(buildInteractions(dataset.events, rule), options.filter),
      userCount: dataset.users.ids.length,
      itemCount: dataset.items.vocabulary.ids.length,
    },
    // Only strong generalisation draws at random.
    options.protocol === 'strong-generalisation'
      ? { ...options.protocolConfig, seed: options.seed }
      : options.protocolConfig,
  );
}
