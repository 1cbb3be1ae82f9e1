import type { Random } from '@matinee/numerics';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import type { Catalogue } from '../data/dataset.ts';
import type { Interactions } from '../data/interactions.ts';

/** What a model may learn from. `interactions` never reach past `asOf`. */
export interface TrainingData {
  readonly userCount: number;
  readonly items: Catalogue;
  readonly interactions: Interactions;
  /** The moment of training, seconds since 1970: recency is measured back from here. */
  readonly asOf: number;
}

/** What a fit may use of the outside world. */
export interface FitContext {
  readonly random: Random;
  /**
   * Called regularly by long fits: reports progress, lets the event loop breathe, and throws
   * `MatineeError('CANCELLED')` when the user has stopped the run.
   */
  checkpoint(done: number, total: number): Promise<void>;
  /** How a network's training goes, every few steps and after every validation. */
  onProgress?(report: FitProgress): void;
  /** Milliseconds from any fixed origin, for throughput; without it none is reported. */
  readonly now?: () => number;
  /** Threads for the native parts of a fit; one a core where absent. Changes no result. */
  readonly threadCount?: number;
  /** Where a network's training stores what it needs to continue after an interruption. Absent: it starts anew. */
  readonly snapshots?: SnapshotStore;
  /** A fitted model of the same family to continue from: a network's parameters start at its own. */
  readonly warmStart?: WarmStart;
}

/** A network's training at one moment. */
export interface FitProgress {
  /** From 1. */
  readonly epoch: number;
  readonly maxEpochs: number;
  /** Optimiser steps since the parameters were drawn. */
  readonly step: number;
  /** Mean of the epoch so far. */
  readonly loss: number;
  readonly learningRate: number;
  /** Real (unpadded) tokens or examples. */
  readonly tokensPerSecond: number;
  /** Until the last epoch, unless training stops early. */
  readonly secondsLeft: number;
  /**
   * Quality on what the fit held out for itself, higher is better; present on the report that ends an epoch. NDCG@10 of
   * sequence networks, recall@100 of two-tower retrieval.
   */
  readonly validation?: number;
  readonly bestEpoch?: number;
  readonly bestValidation?: number;
}

/** One place for one run's snapshot. */
export interface SnapshotStore {
  /** What was written last, `undefined` where nothing was. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces it, as a whole or not at all. */
  write(snapshot: Uint8Array): Promise<void>;
}

/** An earlier model, and which item its indices mean: the catalogue may have grown or been reordered since. */
export interface WarmStart {
  readonly artifact: ModelArtifact;
  /** External ids of the earlier catalogue, by item index. */
  readonly itemIds: readonly string[];
}
