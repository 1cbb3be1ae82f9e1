/** Gradient-boosted trees: will a viewer finish a title? Trained, scored on unseen rows, and explained. */
import { createExplainer, featureMatrixFromColumns, fitGbdt, predict, probabilities, treeCountOf } from '@matinee/gbdt';
import { auc } from '@matinee/models/evaluation';
import { createRandom } from '@matinee/numerics';

/** Viewers finish short titles and those of the evening; `noise` has nothing to do with it. */
function viewings(count: number, seed: number) {
  const random = createRandom(seed);
  const draw = () => Array.from({ length: count }, () => random.next());
  const [hours, minutes, noise, luck] = [draw(), draw(), draw(), draw()];
  const features = featureMatrixFromColumns({
    hour: hours.map((x) => 24 * x),
    minutes: minutes.map((x) => 60 + 120 * x),
    noise,
  });
  const labels = Float32Array.from(luck, (x, row) =>
    x < (hours[row] > 0.75 ? 0.9 : 0.5) * (1 - 0.6 * minutes[row]) ? 1 : 0,
  );
  return { features, labels };
}

const validation = viewings(2_000, 2);
const config = { objective: { kind: 'logistic' }, treeCount: 200, maxLeaves: 8, earlyStoppingTrees: 20 } as const;
const model = fitGbdt(viewings(8_000, 1), config, { validation });

const test = viewings(2_000, 3);
const chances = probabilities(predict(model, test.features));
console.log(`${treeCountOf(model)} trees, AUC ${auc(chances, test.labels).toFixed(3)}`);

// Exact SHAP values of the first row: what each feature adds to its log-odds.
const contributions = new Float64Array(model.featureNames.length);
createExplainer(model).explainInto(test.features.values, 1, contributions);
for (const [feature, name] of model.featureNames.entries()) console.log(name, contributions[feature].toFixed(2));
