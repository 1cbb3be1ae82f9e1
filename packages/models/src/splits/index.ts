export { createSplit, PROTOCOLS, type ProtocolName } from './protocols.ts';
export { filterInteractions, type InteractionFilter } from './select-interactions.ts';
export type { EvaluationQuery, Fold, RecallOver, Split, SplitInput, SplitProtocol } from './split.ts';
