import { MatineeError } from '@matinee/numerics';
import {
  createSession,
  exportInference,
  type NamedTensor,
  SERVING_SESSION,
  type Session,
} from '@matinee/numerics/engine';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import { parameterArrays } from '../training/parameter-arrays.ts';
import { buildDeepRanker, type DeepRankerSize } from './deep-ranker-network.ts';

/** A fitted network over candidates' features. Immutable, without user state. */
export interface DeepRanker {
  /**
   * Raw scores of `rowCount` candidates, higher is better. Score differences are log-odds; with the logistic loss the
   * scores themselves are log-odds.
   *
   * @param values Row-major [rowCount, features], in the order of training; NaN = missing. The caller may reuse it once
   * the promise has settled.
   * @throws {MatineeError} `BAD_FEATURES` when `values` does not have `rowCount` rows.
   */
  score(values: Float32Array, rowCount: number): Promise<Float32Array>;
  /** Everything needed to load it again; equal tables, config and seed give equal bytes. */
  save(): ModelArtifact;
  /**
   * ONNX of the network including standardisation: input `features` [rows, features], raw; output `scores` [rows, 1],
   * for any number of rows.
   */
  exportOnnx(): Uint8Array;
}

/** The parts of a fitted network. */
export interface DeepRankerParts {
  readonly kind: string;
  readonly version: number;
  readonly config: object;
  readonly featureNames: readonly string[];
  readonly size: DeepRankerSize;
  /** Parameters by name. */
  readonly values: ReadonlyMap<string, NamedTensor>;
}

/**
 * Row counts for which the network is compiled. Rows are padded to the next count, and larger tables are split. A
 * generation ranks 200.
 */
const BATCH_ROWS = [32, 128, 200, 256, 512, 1024] as const;
const MOST_ROWS = 1024;

/** A fitted network as a ranker. Compiled lazily, once for each of a few row counts. */
export function createDeepRanker(parts: DeepRankerParts): DeepRanker {
  const { kind, version, config, featureNames, size, values } = parts;
  const { standardization } = size;
  const width = featureNames.length;
  const embedded = new Map([...values].map(([name, { data }]) => [name, data]));
  const sessions = new Map<number, Promise<Session>>();

  const scoreBatch = async (rows: Float32Array): Promise<Float32Array> => {
    const rowCount = rows.length / width;
    const batchRows = BATCH_ROWS.find((count) => count >= rowCount) ?? MOST_ROWS;
    const session = sessions.get(batchRows) ?? compile(size, batchRows, embedded);
    sessions.set(batchRows, session);
    const features = new Float32Array(batchRows * width);
    features.set(rows);
    const { scores } = await (await session).run({ features });
    return (scores as Float32Array).subarray(0, rowCount);
  };

  return {
    async score(rows, rowCount) {
      if (rows.length !== rowCount * width) {
        throw new MatineeError(
          'BAD_FEATURES',
          `${kind}: values has ${rows.length} numbers; ${rowCount} rows of ${width} features need ${rowCount * width}`,
        );
      }
      const all = new Float32Array(rowCount);
      for (let first = 0; first < rowCount; first += MOST_ROWS) {
        const end = Math.min(rowCount, first + MOST_ROWS);
        all.set(await scoreBatch(rows.subarray(first * width, end * width)), first);
      }
      return all;
    },
    save: () => ({
      kind,
      version,
      config: { ...config, featureNames },
      arrays: { ...standardization, ...parameterArrays(values) },
    }),
    exportOnnx() {
      const { graph, scores } = buildDeepRanker(size, 1);
      return exportInference(graph, { scores }, values, { rowAxis: 'rows' });
    },
  };
}

function compile(
  size: DeepRankerSize,
  rowCount: number,
  embedded: ReadonlyMap<string, Float32Array>,
): Promise<Session> {
  const { graph, scores } = buildDeepRanker(size, rowCount);
  return createSession(graph, { scores }, SERVING_SESSION, embedded);
}
