import { buildInteractions, type ConfidenceRule } from '../data/confidence.ts';
import type { Dataset } from '../data/dataset.ts';
import type { TrainingData } from './fit-context.ts';

/**
 * Returns everything in a dataset as training data, as of its last interaction. For a measurement, fit on the
 * `train` part of a split instead.
 *
 * @param rule The weight of each event; see `buildInteractions`.
 */
export function trainingDataOf(dataset: Dataset, rule?: ConfidenceRule): TrainingData {
  const interactions = buildInteractions(dataset.events, rule);
  return {
    userCount: dataset.users.ids.length,
    items: dataset.items,
    interactions,
    asOf: interactions.timestamps[interactions.count - 1] ?? 0,
  };
}
