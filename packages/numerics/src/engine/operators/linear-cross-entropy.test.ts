import { describe, expect, it } from 'vitest';
import { gradient } from '../gradient.ts';
import { createGraph, input } from '../graph/graph.ts';
import { createSession } from '../session.ts';
import { linearCrossEntropy } from './linear-cross-entropy.ts';

const HIDDEN = [
  [0.5, -1],
  [2, 0.25],
  [0, 1],
];
const CLASSES = [
  [1, 0],
  [0, 1],
  [-1, 1],
  [0.5, 0.5],
];
const TARGETS = [2, 0, 2];
const OFFSETS = [0.3, 1.5, 2.5, 0.7];

/** Loss and gradients of the formula, row by row: the own target keeps its logit. */
function byHand(): { loss: number; dHidden: number[]; dClasses: number[] } {
  let loss = 0;
  const dHidden = HIDDEN.map((row) => row.map(() => 0));
  const dClasses = CLASSES.map((row) => row.map(() => 0));
  HIDDEN.forEach((hidden, row) => {
    const logits = CLASSES.map(
      (vector, at) => vector[0] * hidden[0] + vector[1] * hidden[1] + (at === TARGETS[row] ? 0 : OFFSETS[at]),
    );
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    loss -= (logits[TARGETS[row]] - Math.log(total)) / HIDDEN.length;
    logits.forEach((logit, at) => {
      const pull = (Math.exp(logit) / total - (at === TARGETS[row] ? 1 : 0)) / HIDDEN.length;
      for (const axis of [0, 1]) {
        dHidden[row][axis] += pull * CLASSES[at][axis];
        dClasses[at][axis] += pull * hidden[axis];
      }
    });
  });
  return { loss, dHidden: dHidden.flat(), dClasses: dClasses.flat() };
}

describe('linearCrossEntropy with logit offsets', () => {
  it.each([1, 2, 3])('offsets every class but a row’s own target, in tiles of %i rows', async (tileRows) => {
    const graph = createGraph({ training: true });
    const hidden = input(graph, 'hidden', [3, 2]);
    const classes = input(graph, 'classes', [4, 2]);
    const logitOffsets = input(graph, 'offsets', [4]);
    const targets = input(graph, 'targets', [3], 'int32');
    const loss = linearCrossEntropy(hidden, classes, targets, { logitOffsets, tileRows });
    const [dHidden, dClasses] = gradient(loss, [hidden, classes]);
    const session = await createSession(graph, { loss, dHidden, dClasses }, {});
    const result = await session.run({
      hidden: Float32Array.from(HIDDEN.flat()),
      classes: Float32Array.from(CLASSES.flat()),
      offsets: Float32Array.from(OFFSETS),
      targets: Int32Array.from(TARGETS),
    });
    const expected = byHand();
    const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5));
    expect([...(result['loss'] as Float32Array)]).toEqual(near([expected.loss]));
    expect([...(result['dHidden'] as Float32Array)]).toEqual(near(expected.dHidden));
    expect([...(result['dClasses'] as Float32Array)]).toEqual(near(expected.dClasses));
    await session.release();
  });
});
