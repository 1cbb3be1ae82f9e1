import { MatineeError } from '@matinee/numerics';
import { assignParameterValues, copyParameterValues, type ParameterState } from '@matinee/numerics/engine';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import { findParameter } from './parameter-arrays.ts';

/** What the rows of a parameter stand for, then and now: external ids of items, or words. */
export interface RowNames {
  readonly earlier: readonly string[];
  readonly present: readonly string[];
}

/**
 * Lets a network start from what an earlier model of its family learned: tables row by row under the names of their
 * rows, so that the catalogue may have grown or been reordered; everything else as it is. Rows without an earlier one
 * keep their fresh numbers. Adam's moments start from zero.
 *
 * @param tables By parameter name.
 * @throws {MatineeError} `BAD_WARM_START` when the earlier model is of another family or size, naming the parameter.
 */
export function startWarm(
  kind: string,
  state: ParameterState,
  artifact: ModelArtifact,
  tables: Readonly<Record<string, RowNames>>,
): void {
  if (artifact.kind !== kind) {
    throw new MatineeError('BAD_WARM_START', `cannot go on from a model of kind "${artifact.kind}" as ${kind}`);
  }
  const values = copyParameterValues(state);
  for (const [name, { shape, data }] of values) {
    const earlier = findParameter(artifact, name);
    const rows = tables[name];
    const width = data.length / (shape[0] ?? 1);
    const expected = rows ? rows.earlier.length * width : data.length;
    if (earlier?.length !== expected) {
      throw new MatineeError(
        'BAD_WARM_START',
        `parameter "${name}" has ${earlier?.length ?? 0} values in the earlier model and needs ${expected}; use its configuration`,
      );
    }
    if (rows) copyRows(earlier, data, width, rows);
    else data.set(earlier);
  }
  assignParameterValues(state, values);
}

function copyRows(from: Float32Array, into: Float32Array, width: number, { earlier, present }: RowNames): void {
  const places = new Map(earlier.map((name, row) => [name, row]));
  present.forEach((name, row) => {
    const place = places.get(name);
    if (place !== undefined) into.set(from.subarray(place * width, (place + 1) * width), row * width);
  });
}
