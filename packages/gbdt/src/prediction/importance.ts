import { type GbdtModel, treeCountOf } from '../model/gbdt-model.ts';

/** How much a model uses a feature. */
export interface FeatureImportance {
  readonly featureName: string;
  /**
   * Loss reduction summed over the feature's splits. It favours features with many distinct values; SHAP values do not.
   */
  readonly gain: number;
  readonly splitCount: number;
}

/** Returns the importance of every feature, largest gain first; ties in column order. */
export function featureImportance(model: GbdtModel): readonly FeatureImportance[] {
  const { trees, featureNames } = model;
  const gains = new Float64Array(featureNames.length);
  const splitCounts = new Int32Array(featureNames.length);
  for (let node = 0; node < trees.starts[treeCountOf(model)]; node++) {
    const feature = trees.feature[node];
    if (feature < 0) continue;
    gains[feature] += trees.gain[node];
    splitCounts[feature]++;
  }
  return featureNames
    .map((featureName, feature) => ({ featureName, gain: gains[feature], splitCount: splitCounts[feature] }))
    .sort((a, b) => b.gain - a.gain);
}
