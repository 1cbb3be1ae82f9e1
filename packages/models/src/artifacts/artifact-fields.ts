import { MatineeError } from '@matinee/numerics';
import type { ArtifactArray, ModelArtifact } from './model-artifact.ts';

/**
 * @throws {MatineeError} `BAD_ARTIFACT` when the artefact has another kind or a version that this code does not read.
 */
export function requireArtifact(artifact: ModelArtifact, kind: string, version: number): void {
  if (artifact.kind !== kind) {
    throw new MatineeError('BAD_ARTIFACT', `expected an artefact of kind "${kind}"; got "${artifact.kind}"`);
  }
  if (artifact.version !== version) {
    throw new MatineeError(
      'BAD_ARTIFACT',
      `${kind}: the artefact has version ${artifact.version}, this program reads ${version}; train the model again`,
    );
  }
}

type ArrayConstructor<A extends ArtifactArray> = { new (length: number): A; readonly name: string };

/** @throws {MatineeError} `BAD_ARTIFACT` when the array is missing, of another type or of another length. */
export function requireArray<A extends ArtifactArray>(
  artifact: ModelArtifact,
  name: string,
  type: ArrayConstructor<A>,
  length?: number,
): A {
  const array = artifact.arrays[name];
  if (!(array instanceof type)) {
    throw new MatineeError('BAD_ARTIFACT', `${artifact.kind}: array "${name}" must be a ${type.name}`);
  }
  if (length !== undefined && array.length !== length) {
    throw new MatineeError(
      'BAD_ARTIFACT',
      `${artifact.kind}: array "${name}" must have length ${length}; it has ${array.length}`,
    );
  }
  return array;
}

/**
 * Checks that `pointers` ascends from 0 to `entryCount` and that every index of `indices` is in [0, indexCount): after
 * this check the model cannot read outside its arrays.
 *
 * @throws {MatineeError} `BAD_ARTIFACT`
 */
export function requireRows(kind: string, pointers: Int32Array, indices: Int32Array, indexCount: number): void {
  let isSound = pointers[0] === 0 && pointers[pointers.length - 1] === indices.length;
  for (let row = 1; row < pointers.length; row++) isSound &&= pointers[row] >= pointers[row - 1];
  for (const index of indices) isSound &&= index >= 0 && index < indexCount;
  if (!isSound) throw new MatineeError('BAD_ARTIFACT', `${kind}: rows and indices of the artefact do not fit together`);
}
