export {
  buildGru4RecInference,
  buildGru4RecTraining,
  encodeGru4Rec,
  type Gru4RecConfig,
  type Gru4RecTrainingGraph,
} from './gru4rec.ts';
export {
  buildSasRecInference,
  buildSasRecTraining,
  encodeSasRec,
  type SasRecConfig,
  type SequenceBatchShape,
  type SequenceInferenceGraph,
  type SequenceTrainingGraph,
} from './sasrec.ts';
export {
  drawSequenceBatches,
  fillHistories,
  type HistoryBatch,
  planBuckets,
  type SequenceBatch,
  type SequenceBucket,
  type SequenceSet,
} from './sequence-batches.ts';
