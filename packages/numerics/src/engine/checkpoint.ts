import { MatineeError } from '../error.ts';
import { momentNames } from './optimizer.ts';
import { assign, currentBuffers, type NamedTensor, type ParameterState } from './parameters.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const CHECKPOINT_FORMAT = 'matinee-checkpoint-1';

/**
 * Encodes everything needed to resume a training run with identical results.
 *
 * A checkpoint holds the parameter values, Adam's moments, the step count and the dropout seed. Anything that the
 * caller draws itself (batch order) must be a function of the step or be saved separately.
 *
 * @param metadata Text to store as well, such as the epoch or the config; keys `format`, `step` and `seed` are
 * reserved.
 * @returns A safetensors file; equal states give equal bytes.
 */
export function encodeCheckpoint(state: ParameterState, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, slot] of state.slots) {
    const { value, firstMoment, secondMoment } = currentBuffers(slot);
    for (const [key, tensor] of [
      [name, value],
      [momentNames.first(name), firstMoment],
      [momentNames.second(name), secondMoment],
    ] as const) {
      tensors.set(key, { shape: tensor.dims, data: tensor.data as Float32Array });
    }
  }
  return encodeSafetensors({
    tensors,
    metadata: { ...metadata, format: CHECKPOINT_FORMAT, step: `${state.step}`, seed: `${state.seed}` },
  });
}

/**
 * Loads a checkpoint into a state created from the same model and seed.
 *
 * The next steps give the same bits as in the run that wrote the checkpoint.
 *
 * @returns The metadata given to {@link encodeCheckpoint}.
 * @throws {MatineeError} `BAD_CHECKPOINT` when the bytes are not a checkpoint, lack a parameter or have another seed;
 * `SHAPE_MISMATCH` when a parameter has another shape.
 */
export function restoreCheckpoint(state: ParameterState, bytes: Uint8Array): Record<string, string> {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const { format = 'none', step = '', seed, ...rest }: Partial<Record<string, string>> = metadata;
  if (format !== CHECKPOINT_FORMAT || !/^\d+$/.test(step)) {
    throw new MatineeError('BAD_CHECKPOINT', `expected format ${CHECKPOINT_FORMAT}; got ${format}`);
  }
  if (seed !== `${state.seed}`) {
    throw new MatineeError('BAD_CHECKPOINT', `was trained with seed ${seed}, this run has ${state.seed}`);
  }
  const find = (name: string): NamedTensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new MatineeError('BAD_CHECKPOINT', `has no tensor '${name}'`);
    return tensor;
  };
  // All tensors are looked up before any is written, so a checkpoint of another model leaves the state unchanged.
  const targets = [...state.slots].flatMap(([name, slot]) => {
    const { value, firstMoment, secondMoment } = currentBuffers(slot);
    return [
      { name, target: value, source: find(name) },
      { name, target: firstMoment, source: find(momentNames.first(name)) },
      { name, target: secondMoment, source: find(momentNames.second(name)) },
    ];
  });
  for (const { name, target, source } of targets) assign(name, target, source.shape, source.data);
  state.step = Number(step);
  return rest as Record<string, string>;
}
