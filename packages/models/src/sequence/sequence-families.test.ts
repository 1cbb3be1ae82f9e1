import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import { gru4RecFamily } from './gru4rec.ts';
import { sasRecFamily } from './sasrec.ts';
import { timeTransformerFamily } from './time-transformer.ts';

const training = { maxEpochs: 40, learningRate: 0.02, validationUsers: 0, dropoutRate: 0 };
const attention = {
  maxLength: 8,
  embeddingDim: 16,
  feedForwardDim: 16,
  blockCount: 1,
  tokensPerBatch: 48,
  ...training,
};
const traits = {
  isPersonal: true,
  answersEmptyHistory: false,
  scoresHistory: true,
  isSlow: true,
  readsOrder: true,
  contributorsByOmission: true,
};
const badTraining = [{ dropoutRate: 1 }, { learningRate: 0 }, { maxEpochs: 0 }, { patience: 0 }, { warmupShare: 0.6 }];

describeRetrievalFamily(sasRecFamily, {
  ...traits,
  config: { ...sasRecFamily.defaults, ...attention },
  badConfigs: [...badTraining, { headCount: 3 }, { windows: 'all' }, { maxLength: 0 }],
});

describeRetrievalFamily(sasRecFamily, {
  ...traits,
  name: 'sasrec on sampled negatives',
  config: { ...sasRecFamily.defaults, ...attention, tokensPerBatch: 8, fullSoftmaxItems: 1, sampledItems: 10 },
  badConfigs: [{ sampledItems: 1 }, { fullSoftmaxItems: 0 }],
});

describeRetrievalFamily(timeTransformerFamily, {
  ...traits,
  config: { ...timeTransformerFamily.defaults, ...attention },
  badConfigs: [...badTraining, { headCount: 5 }, { requestTime: 'sundial' }],
});

const gru4Rec = {
  ...gru4RecFamily.defaults,
  ...training,
  embeddingDim: 16,
  stateDim: 16,
  maxLength: 8,
  chunkLength: 4,
  batchSize: 8,
};

describeRetrievalFamily(gru4RecFamily, {
  ...traits,
  config: gru4Rec,
  badConfigs: [...badTraining, { chunkLength: 0 }, { batchSize: 0 }],
});

describeRetrievalFamily(gru4RecFamily, {
  ...traits,
  name: 'gru4rec with the clock of the request',
  config: { ...gru4Rec, requestTime: 'used' },
  badConfigs: [{ requestTime: 'sundial' }],
});
