export {
  buildGru4RecEncoder,
  buildGru4RecTraining,
  type Gru4RecConfig,
  type Gru4RecSize,
  gru4RecFamily,
} from './gru4rec.ts';
export { buildSasRecEncoder, buildSasRecTraining, type SasRecConfig, type SasRecSize, sasRecFamily } from './sasrec.ts';
export type { SequenceBatchShape, SequenceEncoderGraph, SequenceTrainingGraph } from './sequence-network.ts';
export {
  buildTimeTransformerEncoder,
  buildTimeTransformerTraining,
  type TimeTransformerConfig,
  timeTransformerFamily,
} from './time-transformer.ts';
