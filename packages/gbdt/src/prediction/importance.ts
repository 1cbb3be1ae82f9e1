import { type GbdtModel, treeCountOf } from '../model/gbdt-model.ts';

/** How much a feature was used. */
export interface FeatureImportance {
  readonly featureName: string;
  /** Loss reduction summed over its splits. Favours features with many distinct values; see SHAP for a fair share. */
  readonly gain: number;
  readonly splitCount: number;
}

/** Importance of every feature, largest gain first; ties in column order. */
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
