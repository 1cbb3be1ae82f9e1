import { MatineeError } from '@matinee/numerics';
import type { GbdtModel, TreeNodes } from '../model/gbdt-model.ts';
import { sha256 } from './checksum.ts';

/** Changes when an older reader would misread a new file. */
const SCHEMA = 'matinee-gbdt/1';

const OBJECTIVES: readonly unknown[] = ['logistic', 'squared-error', 'lambdamart'] satisfies GbdtModel['objective'][];

/** The arrays of `trees` in file order, with their array types. */
const FIELDS = {
  starts: Int32Array,
  feature: Int32Array,
  threshold: Float32Array,
  leftChild: Int32Array,
  missingLeft: Uint8Array,
  value: Float32Array,
  gain: Float32Array,
  cover: Float32Array,
  categoryStart: Int32Array,
  categoryLength: Int32Array,
  categoryWords: Uint32Array,
} as const;
type Field = keyof typeof FIELDS;

/**
 * Writes a model as JSON: `{ schema, checksum, model }`, where `checksum` is the SHA-256 of `JSON.stringify(model)`.
 *
 * Numbers are the shortest decimals that read back as the same float32. An infinite threshold (a split on "is missing")
 * is null. Equal models give equal text.
 */
export function saveGbdtModel(model: GbdtModel): string {
  const trees = Object.fromEntries(
    (Object.keys(FIELDS) as Field[]).map((field) => [field, Array.from(model.trees[field], toJsonNumber)]),
  );
  const body = JSON.stringify({
    objective: model.objective,
    featureNames: model.featureNames,
    baseScore: model.baseScore,
    trees,
  });
  return `{"schema":"${SCHEMA}","checksum":"${sha256(body)}","model":${body}}`;
}

function toJsonNumber(value: number): number | null {
  if (Number.isInteger(value)) return value;
  if (!Number.isFinite(value)) return null;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/**
 * Reads a model written by {@link saveGbdtModel}. Verifies the checksum first, then every index.
 *
 * @throws {MatineeError} `BAD_MODEL_FILE` for text that is truncated, altered, of another schema, or inconsistent.
 */
export function loadGbdtModel(text: string): GbdtModel {
  const file = parseObject(text);
  if (file['schema'] !== SCHEMA) {
    throw badFile(
      `schema is ${JSON.stringify(file['schema'])} and this version reads "${SCHEMA}"; save the model again`,
    );
  }
  if (sha256(JSON.stringify(file['model'])) !== file['checksum']) {
    throw badFile(
      'the checksum does not match; the file was altered or damaged, so restore it from where it was saved',
    );
  }
  const model = asObject(file['model'], 'model');
  const { objective, featureNames, baseScore } = model;
  if (!OBJECTIVES.includes(objective)) throw badFile(`model.objective is ${JSON.stringify(objective)}`);
  if (!(Array.isArray(featureNames) && featureNames.every((name) => typeof name === 'string'))) {
    throw badFile('model.featureNames must be a list of texts');
  }
  if (!Number.isFinite(baseScore)) throw badFile('model.baseScore must be a number');
  const source = asObject(model['trees'], 'model.trees');
  const trees = Object.fromEntries(
    (Object.keys(FIELDS) as Field[]).map((field) => [field, readArray(source, field)]),
  ) as unknown as TreeNodes;
  checkTrees(trees, featureNames.length);
  return { objective: objective as GbdtModel['objective'], featureNames, baseScore: baseScore as number, trees };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(text), 'the file');
  } catch (cause) {
    if (cause instanceof MatineeError) throw cause;
    throw new MatineeError('BAD_MODEL_FILE', 'model file: not whole JSON; it may have been cut short while copying', {
      cause,
    });
  }
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badFile(`${what} must be an object`);
}

function readArray(source: Record<string, unknown>, field: Field): TreeNodes[Field] {
  const list = source[field];
  if (!Array.isArray(list)) throw badFile(`model.trees.${field} must be a list`);
  const isReal = field === 'threshold';
  if (!list.every((value) => (isReal && value === null) || Number.isFinite(value))) {
    throw badFile(`model.trees.${field} holds something that is not a number`);
  }
  return FIELDS[field].from(list.map((value: number | null) => value ?? Number.POSITIVE_INFINITY));
}

/**
 * Checks that all arrays fit together and that every path through a tree ends at a leaf.
 *
 * @throws {MatineeError} `BAD_MODEL_FILE` naming the inconsistent part.
 */
function checkTrees(trees: TreeNodes, featureCount: number): void {
  const { starts, feature, leftChild, categoryStart, categoryLength, categoryWords } = trees;
  const nodeCount = feature.length;
  for (const field of Object.keys(FIELDS) as Field[]) {
    if (field !== 'starts' && field !== 'categoryWords' && trees[field].length !== nodeCount) {
      throw badFile(`model.trees.${field} has ${trees[field].length} entries for ${nodeCount} nodes`);
    }
  }
  if (starts[0] !== 0 || starts[starts.length - 1] !== nodeCount)
    throw badFile('model.trees.starts must span all nodes');
  for (let tree = 0; tree + 1 < starts.length; tree++) {
    if (starts[tree + 1] <= starts[tree]) throw badFile(`tree ${tree} has no node`);
    for (let node = starts[tree]; node < starts[tree + 1]; node++) {
      if (feature[node] === -1) continue;
      const isFeature = feature[node] >= 0 && feature[node] < featureCount;
      // Children come after their parent and stay inside the tree, so no path can loop or leave it.
      const hasChildren = leftChild[node] > node && leftChild[node] + 1 < starts[tree + 1];
      // −1: not a split by category.
      const hasSet =
        categoryStart[node] >= -1 &&
        categoryLength[node] >= 0 &&
        categoryStart[node] + categoryLength[node] <= categoryWords.length;
      if (!isFeature || !hasChildren || !hasSet) throw badFile(`node ${node} is inconsistent`);
    }
  }
}

function badFile(message: string): MatineeError {
  return new MatineeError('BAD_MODEL_FILE', `model file: ${message}`);
}
