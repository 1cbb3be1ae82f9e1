import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import { twoTowerFamily } from './two-tower.ts';

describeRetrievalFamily(twoTowerFamily, {
  config: {
    ...twoTowerFamily.defaults,
    embeddingDim: 16,
    hiddenDim: 16,
    headCount: 2,
    historyLength: 8,
    batchSize: 32,
    uniformNegatives: 8,
    maxEpochs: 80,
    learningRate: 0.005,
    dropoutRate: 0,
    validationUsers: 0,
  },
  isPersonal: true,
  answersEmptyHistory: false,
  scoresHistory: true,
  scoresUnmetItems: true,
  readsOrder: true,
  contributorsByOmission: true,
  isSlow: true,
  badConfigs: [{ headCount: 0 }, { dropoutRate: 1 }, { idDropout: -0.1 }, { learningRate: 2 }],
});
