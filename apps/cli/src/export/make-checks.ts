import { EMPTY_FEEDBACK, type Engine, inspectRequest, PATIENT_CONTEXT } from '@matinee/recommender';
import { queryOf } from './query-of.ts';

/** What a network and its vectors must give in any other program. */
interface SourceCheck {
  readonly source: string;
  /** The ONNX file. */
  readonly file: string;
  readonly userId: string;
  /** The network's inputs, flat; the file has their shapes. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Items and their scores: the inner products of the network's output with their vectors. */
  readonly itemIndices: readonly number[];
  readonly scores: readonly number[];
}

/** What the ranker must give for rows of features; null = not a number. */
interface RankerCheck {
  readonly userId: string;
  readonly features: readonly (readonly (number | null)[])[];
  readonly scores: readonly number[];
}

export interface Checks {
  readonly sources: readonly SourceCheck[];
  readonly ranker: readonly RankerCheck[];
}

const USERS = 5;
const ITEMS = 10;

/**
 * Returns what the parts of a release answer for a few users of the data set, spread over it, without those who were
 * deleted.
 */
export async function makeChecks(engine: Engine, deletedIds: ReadonlySet<string>): Promise<Checks> {
  const { ids } = engine.dataset.users;
  const left = Array.from(ids.keys()).filter((index) => !deletedIds.has(ids[index] as string));
  const count = Math.min(USERS, left.length);
  const users = Array.from({ length: count }, (_, at) => left[Math.floor((at * left.length) / count)] as number);
  const sources: SourceCheck[] = [];
  const ranker: RankerCheck[] = [];
  for (const userIndex of users) {
    const userId = ids[userIndex] as string;
    sources.push(...(await checkSources(engine, userIndex, userId)));
    const check = await checkRanker(engine, userIndex, userId);
    if (check !== undefined) ranker.push(check);
  }
  return { sources, ranker };
}

async function checkSources(engine: Engine, userIndex: number, userId: string): Promise<SourceCheck[]> {
  const query = queryOf(engine, userIndex).retrieval;
  const checks: SourceCheck[] = [];
  for (const { name, model } of engine.release.sources) {
    const inputs = model.exportedInputs?.(query);
    const file = Object.keys(model.exports?.() ?? {}).find((each) => each.endsWith('.onnx'));
    if (inputs === undefined || file === undefined) continue;
    const { itemIndices, scores } = await model.retrieve(query, ITEMS);
    checks.push({
      source: name,
      file: `${name}/${file}`,
      userId,
      inputs: Object.fromEntries(Object.entries(inputs).map(([input, values]) => [input, Array.from(values)])),
      itemIndices: Array.from(itemIndices),
      scores: Array.from(scores),
    });
  }
  return checks;
}

async function checkRanker(engine: Engine, userIndex: number, userId: string): Promise<RankerCheck | undefined> {
  const { ranking, trainedAsOf } = engine.release;
  if (ranking === undefined) return undefined;
  const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf: trainedAsOf };
  const { features, pool } = await inspectRequest(engine, input, PATIENT_CONTEXT);
  if (features === undefined) return undefined;
  const width = ranking.schema.features.length;
  const rowCount = Math.min(ITEMS, pool.itemIndices.length);
  const values = features.slice(0, rowCount * width);
  return {
    userId,
    features: Array.from({ length: rowCount }, (_, row) =>
      Array.from(values.subarray(row * width, (row + 1) * width), (value) => (Number.isNaN(value) ? null : value)),
    ),
    scores: Array.from(await ranking.ranker.score(values, rowCount)),
  };
}
