import type { Graph, NamedTensor } from '@matinee/numerics/engine';
import { requireArray } from '../artifacts/artifact-fields.ts';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';

/** Starts the names of a network's parameters among the arrays of an artefact. */
const PARAMETER_PREFIX = 'parameters/';

/** A network's parameters as arrays of an artefact. */
export function parameterArrays(values: ReadonlyMap<string, NamedTensor>): Record<string, Float32Array> {
  return Object.fromEntries([...values].map(([name, { data }]) => [`${PARAMETER_PREFIX}${name}`, data]));
}

/**
 * The parameters that `graph` declares, from an artefact.
 *
 * @throws {MatineeError} `BAD_ARTIFACT` when one is missing or has another size.
 */
export function parametersOfArtifact(artifact: ModelArtifact, graph: Graph): Map<string, NamedTensor> {
  return new Map(
    [...graph.parameters].map(([name, { tensor }]) => {
      const length = tensor.shape.reduce((product, size) => product * size, 1);
      const data = requireArray(artifact, `${PARAMETER_PREFIX}${name}`, Float32Array, length);
      return [name, { shape: tensor.shape, data }];
    }),
  );
}

/** One parameter of an artefact, `undefined` where it has none of that name. */
export function findParameter({ arrays }: ModelArtifact, name: string): Float32Array | undefined {
  const array = arrays[`${PARAMETER_PREFIX}${name}`];
  return array instanceof Float32Array ? array : undefined;
}
