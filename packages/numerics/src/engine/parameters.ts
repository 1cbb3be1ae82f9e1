import { Tensor as OrtTensor } from 'onnxruntime-node';
import { MatineeError } from '../error.ts';
import { createRandom } from '../random.ts';
import {
  elementCount,
  formatShape,
  type Graph,
  type Shape,
  sameShape,
  shapeError,
  type Tensor,
} from './graph/graph.ts';

/** A parameter's numbers: its value and Adam's two moments. */
export interface ParameterBuffers {
  readonly value: OrtTensor;
  readonly firstMoment: OrtTensor;
  readonly secondMoment: OrtTensor;
}

/**
 * One parameter in two sets of buffers.
 *
 * A step reads set `current` and writes the other one, then `current` switches. This needs no copies, and a step that
 * fails half-way leaves the current set unchanged.
 */
export interface ParameterSlot {
  readonly buffers: readonly [ParameterBuffers, ParameterBuffers];
  /** Index of the set with the newest numbers. */
  current: 0 | 1;
}

/** The parameters of a model and the state of its optimiser, shared by all sessions that train or evaluate it. */
export interface ParameterState {
  /** Seed of initial values and dropout. */
  readonly seed: number;
  /** Number of optimiser steps taken. */
  step: number;
  readonly slots: ReadonlyMap<string, ParameterSlot>;
}

/** A named array with its shape. */
export interface NamedTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/**
 * Allocates and initialises the parameters of `graph`.
 *
 * Each parameter has a random stream derived from its name, so its values do not depend on the order of declaration.
 */
export function createParameters(graph: Graph, seed: number): ParameterState {
  const random = createRandom(seed);
  const slots = new Map<string, ParameterSlot>();
  for (const [name, { tensor, initializer }] of graph.parameters) {
    const values = initializer(tensor.shape, random.fork(name));
    if (values.length !== elementCount(tensor.shape)) {
      throw new MatineeError('BAD_SHAPE', `initializer of '${name}' gave ${values.length} values`);
    }
    slots.set(name, { buffers: [allocate(tensor.shape, values), allocate(tensor.shape)], current: 0 });
  }
  return { seed, step: 0, slots };
}

/**
 * Returns the slot of a parameter that a graph declares.
 *
 * @throws {MatineeError} `UNKNOWN_PARAMETER` when the state lacks it, `SHAPE_MISMATCH` when it has another shape there.
 */
export function findSlot(state: ParameterState, { name, shape }: Tensor): ParameterSlot {
  const slot = state.slots.get(name);
  if (!slot) throw new MatineeError('UNKNOWN_PARAMETER', `no parameter '${name}' in this state`);
  const { dims } = slot.buffers[0].value;
  if (!sameShape(dims, shape)) throw shapeError(`parameter '${name}'`, 'differs between state and graph', dims, shape);
  return slot;
}

/** Returns the newest numbers of a parameter. */
export function currentBuffers(slot: ParameterSlot): ParameterBuffers {
  return slot.buffers[slot.current];
}

/**
 * Returns the newest value of a parameter without copying; the next training step may change it.
 *
 * @throws {MatineeError} `UNKNOWN_PARAMETER`
 */
export function viewParameter(state: ParameterState, name: string): NamedTensor {
  const slot = state.slots.get(name);
  if (!slot) throw new MatineeError('UNKNOWN_PARAMETER', `no parameter '${name}' in this state`);
  const { value } = currentBuffers(slot);
  return { shape: value.dims, data: value.data as Float32Array };
}

/** Returns copies of all parameter values, for export or for keeping the best epoch. */
export function copyParameterValues(state: ParameterState): Map<string, NamedTensor> {
  return new Map(
    [...state.slots].map(([name, slot]) => {
      const { value } = currentBuffers(slot);
      return [name, { shape: value.dims, data: Float32Array.from(value.data as Float32Array) }];
    }),
  );
}

/**
 * Overwrites parameter values by name; other parameters keep theirs.
 *
 * The moments do not change. Training uses this to continue from an earlier artefact.
 *
 * @throws {MatineeError} `UNKNOWN_PARAMETER` or `SHAPE_MISMATCH`, naming the parameter.
 */
export function assignParameterValues(state: ParameterState, values: ReadonlyMap<string, NamedTensor>): void {
  for (const [name, { shape, data }] of values) {
    const slot = state.slots.get(name);
    if (!slot) throw new MatineeError('UNKNOWN_PARAMETER', `no parameter '${name}' in this state`);
    assign(name, currentBuffers(slot).value, shape, data);
  }
}

/** Copies into a buffer after checking that it fits. */
export function assign(name: string, target: OrtTensor, shape: Shape, data: Float32Array): void {
  if (!sameShape(target.dims, shape)) {
    throw new MatineeError(
      'SHAPE_MISMATCH',
      `'${name}' is ${formatShape(target.dims)} in the model and ${formatShape(shape)} in the data`,
    );
  }
  (target.data as Float32Array).set(data);
}

function allocate(shape: Shape, values?: Float32Array): ParameterBuffers {
  const zeros = (): OrtTensor => new OrtTensor('float32', new Float32Array(elementCount(shape)), shape);
  const value = zeros();
  if (values) (value.data as Float32Array).set(values);
  return { value, firstMoment: zeros(), secondMoment: zeros() };
}
