export {
  type BuiltInteractions,
  buildInteractions,
  CONFIDENCE_PRESETS,
  type ConfidenceOverrides,
  type ConfidenceRule,
  DEFAULT_CONFIDENCE_RULE,
  feedbackOfRating,
  feedbackOfShare,
  parseConfidenceRule,
  type WeighedFeedback,
  weightOfFeedback,
} from './confidence.ts';
export {
  type Catalogue,
  type Dataset,
  type DatasetParts,
  EVENT_TYPES,
  type EventTable,
  type EventType,
  ITEM_CONTENT,
  type ItemContent,
  LEARNED_ATTRIBUTES,
} from './dataset.ts';
export { type DatasetFromRowsOptions, datasetFromRows, type EventRow, type ItemRow } from './dataset-from-rows.ts';
export { growCatalogue, growDataset, type NewItem } from './grow-catalogue.ts';
export { groupByUser, type UserHistories } from './histories.ts';
export type { IndexOf, ItemIndex, UserIdx, UserIndex } from './indices.ts';
export { EMPTY_HISTORY, type History, type Interactions } from './interactions.ts';
export { isPosterUrl } from './poster-url.ts';
export { parseTitleWithYear, type TitleWithYear } from './title-with-year.ts';
export { createVocabulary, type Vocabulary } from './vocabulary.ts';
