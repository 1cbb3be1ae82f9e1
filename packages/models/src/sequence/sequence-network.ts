import type { Random } from '@matinee/numerics';
import {
  type AdamConfig,
  createTrainStep,
  type Feeds,
  type Graph,
  type NamedTensor,
  type ParameterState,
  type SessionOptions,
  type Tensor,
  type TrainingBatch,
  type TrainStep,
} from '@matinee/numerics/engine';
import {
  countBatches,
  countTokens,
  drawSequenceBatches,
  type SequenceBatch,
  type SequenceBucket,
  type Windows,
} from './sequence-batches.ts';
import type { SequenceSet, TimedHistory } from './sequence-data.ts';

/** A batch shape: histories of one length bucket. */
export interface SequenceBatchShape {
  readonly batchSize: number;
  readonly length: number;
}

/** A training graph and its loss. */
export interface SequenceTrainingGraph {
  readonly graph: Graph;
  /** Weighted mean cross-entropy of the next item, a scalar. */
  readonly loss: Tensor;
}

/** A forward graph for serving or validation. */
export interface SequenceEncoderGraph {
  readonly graph: Graph;
  /** [batchSize, width]: the state after the last real item; a score is its product with a row of the item table. */
  readonly userVectors: Tensor;
  /**
   * [{@link RESUMED_ITEMS}, state width], batches of one history of a network that can be resumed: row r is the state
   * before its newest r + 2 items, 0 where there is none.
   */
  readonly earlierStates?: Tensor;
}

/** Newest history items that are tried as contributors. */
export const RESUMED_ITEMS = 8;

/** Name of the item table in every sequence network: [known items, width], for input and output alike. */
export const ITEM_TABLE = 'items.embedding';

/** A network over item sequences, bound to its size: what training and serving need to know of it. */
export interface SequenceNetwork {
  /**
   * Lengths to compile encoders for, ascending: short histories cost less, and of longer ones the newest items count.
   */
  readonly encoderLengths: readonly number[];
  buildEncoder(shape: SequenceBatchShape): SequenceEncoderGraph;
  /** The encoder's inputs for histories of at least one item each; only the most recent `shape.length` items count. */
  layOut(histories: readonly TimedHistory[], shape: SequenceBatchShape): Feeds;
  /**
   * A faster encoder of the same vectors, for parameters that stay as they are. Absent: there is none.
   *
   * @param values Parameters by name.
   */
  serve?(values: ReadonlyMap<string, NamedTensor>): Pick<SequenceNetwork, 'buildEncoder' | 'layOut'>;
  /**
   * The encoder that goes on from a state, for [{@link RESUMED_ITEMS}, RESUMED_ITEMS]: its further input `initialState` is
   * [RESUMED_ITEMS, state width]. Absent: the vector of a history without an item takes another run over all of it.
   */
  buildResumed?(): SequenceEncoderGraph;
  prepareTraining(sequences: SequenceSet, random: Random): SequenceTraining;
}

/**
 * Number of newest items that answer a request. Training goes further back, since every position of a long stretch is a
 * training example; in requests, a second hundred items changed nothing (docs/decisions/0018).
 */
const LONGEST_ENCODED = 100;

/**
 * Lengths to compile encoders for: eighths of the longest, and half of the first. A history is padded to the next of
 * them, and what is padded costs as much as what is not.
 *
 * @param maxLength Longest stretch that the network is trained on.
 */
export function encoderLengthsOf(maxLength: number): readonly number[] {
  const longest = Math.min(maxLength, LONGEST_ENCODED);
  const eighth = Math.ceil(longest / 8);
  const lengths = [Math.ceil(eighth / 2), ...Array.from({ length: 7 }, (_, before) => (before + 1) * eighth)];
  return [...new Set(lengths.filter((length) => length < longest)), longest];
}

/** Maximum sequence length of a request. */
export function longestEncoded({ encoderLengths }: Pick<SequenceNetwork, 'encoderLengths'>): number {
  return encoderLengths[encoderLengths.length - 1];
}

/** @throws {Error} where the network has no such parameter. */
export function tensorNamed(values: ReadonlyMap<string, NamedTensor>, name: string): NamedTensor {
  const tensor = values.get(name);
  if (!tensor) throw new Error(`the network has no parameter "${name}"`);
  return tensor;
}

/** A training that is planned but not compiled. */
export interface SequenceTraining {
  /** One of its graphs; all declare the same parameters. */
  readonly graph: Graph;
  readonly stepsPerEpoch: number;
  readonly tokensPerEpoch: number;
  compile(state: ParameterState, options: CompileOptions): Promise<CompiledTraining>;
}

interface CompileOptions {
  readonly adam: AdamConfig;
  readonly session: SessionOptions;
}

interface CompiledTraining {
  /** An epoch's batches; their order depends on `random` only. */
  drawEpoch(random: Random): Iterable<TrainingBatch> | AsyncIterable<TrainingBatch>;
  release(): Promise<void>;
}

/** What {@link prepareBucketedTraining} needs. */
export interface BucketedTraining {
  readonly sequences: SequenceSet;
  readonly buckets: readonly SequenceBucket[];
  readonly windows: Windows;
  readonly random: Random;
  build(bucket: SequenceBucket): SequenceTrainingGraph;
  /** The training graph's inputs. */
  feedsOf(batch: SequenceBatch, random: Random): Feeds;
}

/** Training in batches of like length, one compiled step a bucket over shared parameters. */
export function prepareBucketedTraining(training: BucketedTraining): SequenceTraining {
  const { sequences, buckets, windows } = training;
  const graphs = buckets.map((bucket) => ({ bucket, ...training.build(bucket) }));
  return {
    graph: graphs[0].graph,
    stepsPerEpoch: countBatches(sequences, buckets, training.random),
    tokensPerEpoch: countTokens(sequences, buckets[buckets.length - 1].length),
    async compile(state, { adam, session }) {
      const steps = new Map<SequenceBucket, TrainStep>();
      for (const { bucket, graph, loss } of graphs) {
        steps.set(bucket, await createTrainStep({ graph, loss, state, adam, session }));
      }
      function* draw(random: Random): Generator<TrainingBatch> {
        const sampling = random.fork('negatives');
        for (const batch of drawSequenceBatches(sequences, buckets, random, windows)) {
          const step = steps.get(batch.bucket);
          if (step) yield { step, tokenCount: batch.tokenCount, feeds: training.feedsOf(batch, sampling) };
        }
      }
      return {
        drawEpoch: draw,
        release: async () => {
          for (const step of steps.values()) await step.release();
        },
      };
    },
  };
}
