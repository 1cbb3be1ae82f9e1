import { MatineeError, type Random } from '@matinee/numerics';
import { createTrainStep, type Feeds, type Tensor, type TrainingBatch, type TrainStep } from '@matinee/numerics/engine';
import type { TimedPlaces } from './elapsed-time.ts';
import type { SequenceSet } from './sequence-data.ts';
import type { SequenceBatchShape, SequenceTraining, SequenceTrainingGraph } from './sequence-network.ts';

/** A recurrent network's training graph. */
export interface ChunkTrainingGraph extends SequenceTrainingGraph {
  /** [batchSize, stateWidth]: the state after the last step, to start the next chunk from. */
  readonly finalState: Tensor;
}

/** Items and moments of a chunk, [length, batch], padded at the end. */
interface SequenceChunk extends TimedPlaces {
  readonly items: Int32Array;
}

/** What {@link prepareChunkedTraining} needs. */
export interface ChunkedTraining {
  readonly sequences: SequenceSet;
  /** Sequences side by side, and steps of a chunk. */
  readonly shape: SequenceBatchShape;
  readonly stateWidth: number;
  /** Inputs: those of `inputsOf`, `initialState`, `rows`, `targets`, `weights`. */
  build(shape: SequenceBatchShape & { readonly targetCount: number }): ChunkTrainingGraph;
  /** What the network itself is fed of a chunk. */
  inputsOf(chunk: SequenceChunk): Feeds;
}

/**
 * Truncated back-propagation through time: sequences of like length run side by side, chunk after chunk, each chunk
 * starting from the state that the one before it ended with. The error goes back to the start of its chunk, the state
 * comes from the start of the sequence, and a sequence of any length costs the memory of one chunk.
 *
 * @see Williams & Peng (1990), An efficient gradient-based algorithm for on-line training of recurrent network
 * trajectories, Neural Computation 2(4).
 */
export function prepareChunkedTraining(training: ChunkedTraining): SequenceTraining {
  const { sequences, shape, stateWidth } = training;
  const { batchSize, length } = shape;
  const places = batchSize * length;
  // The last chunk of a group is half empty on average: with half the rows in the loss it costs little more than half.
  const sizes = [Math.ceil(places / 2), places].map((targetCount) => ({
    targetCount,
    ...training.build({ ...shape, targetCount }),
  }));
  const groups = groupByLength(sequences, batchSize);
  if (groups.length === 0) throw new MatineeError('EMPTY_INTERACTIONS', 'no sequence has two items to learn from');
  const lengthOf = (sequence: number): number => sequences.offsets[sequence + 1] - sequences.offsets[sequence] - 1;
  const chunksOf = (group: readonly number[]): number => Math.ceil(Math.max(...group.map(lengthOf)) / length);
  return {
    graph: sizes[0].graph,
    stepsPerEpoch: groups.reduce((sum, group) => sum + chunksOf(group), 0),
    tokensPerEpoch: groups.flat().reduce((sum, sequence) => sum + lengthOf(sequence), 0),
    async compile(state, { adam, session }) {
      const steps: { readonly targetCount: number; readonly step: TrainStep }[] = [];
      for (const { targetCount, graph, loss, finalState } of sizes) {
        const step = await createTrainStep({ graph, loss, state, adam, session, metrics: { finalState } });
        steps.push({ targetCount, step });
      }
      function* draw(random: Random): Generator<TrainingBatch> {
        // Members change places between groups of like length from epoch to epoch; then the groups do.
        for (const group of random.shuffle(groupByLength(sequences, batchSize, random))) {
          let carried: Float32Array = new Float32Array(batchSize * stateWidth);
          for (let chunk = 0; chunk < chunksOf(group); chunk++) {
            const { places, rows, targets, tokenCount } = fillChunk(sequences, group, chunk, shape);
            const { step, targetCount } = steps.find((each) => each.targetCount >= tokenCount) ?? steps[1];
            const weights = Float32Array.from({ length: targetCount }, (_, row) => (row < tokenCount ? 1 : 0));
            const feeds = {
              ...training.inputsOf(places),
              rows: rows.subarray(0, targetCount),
              targets: targets.subarray(0, targetCount),
              weights,
              initialState: carried,
            };
            const carryingStep: TrainingBatch['step'] = {
              async run(inputs, learningRate) {
                const result = await step.run(inputs, learningRate);
                carried = Float32Array.from(result.metrics['finalState'] as Float32Array);
                return result;
              },
            };
            yield { step: carryingStep, feeds, tokenCount };
          }
        }
      }
      return {
        drawEpoch: draw,
        release: async () => {
          for (const { step } of steps) await step.release();
        },
      };
    },
  };
}

/**
 * Sequences of two items or more in groups of `batchSize`, longest first, so that those of a group end at about the
 * same chunk. With `random`, sequences change places with others of about their length.
 */
function groupByLength({ offsets }: SequenceSet, batchSize: number, random?: Random): number[][] {
  const lengths = Float64Array.from({ length: offsets.length - 1 }, (_, s) => offsets[s + 1] - offsets[s]);
  const blur = lengths.map((size) => size * (random ? 0.9 + 0.2 * random.next() : 1));
  const order = Array.from(lengths.keys())
    .filter((sequence) => lengths[sequence] >= 2)
    .sort((a, b) => blur[b] - blur[a] || a - b);
  return Array.from({ length: Math.ceil(order.length / batchSize) }, (_, group) =>
    order.slice(group * batchSize, (group + 1) * batchSize),
  );
}

function fillChunk(
  { offsets, items: all, timestamps }: SequenceSet,
  group: readonly number[],
  chunk: number,
  { batchSize, length }: SequenceBatchShape,
): { places: SequenceChunk; rows: Int32Array; targets: Int32Array; tokenCount: number } {
  const size = length * batchSize;
  const [items, rows, targets] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  const [times, targetTimes] = [new Float64Array(size), new Float64Array(size)];
  let tokenCount = 0;
  group.forEach((sequence, member) => {
    const first = offsets[sequence] + chunk * length;
    const end = Math.min(first + length, offsets[sequence + 1] - 1);
    for (let at = first; at < end; at++) {
      const row = (at - first) * batchSize + member;
      items[row] = all[at];
      times[row] = timestamps[at];
      targetTimes[row] = timestamps[at + 1];
      rows[tokenCount] = row;
      targets[tokenCount] = all[at + 1];
      tokenCount++;
    }
  });
  return { places: { items, times, targetTimes }, rows, targets, tokenCount };
}
