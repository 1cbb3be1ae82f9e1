import { MatineeError } from '@matinee/numerics';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '@matinee/numerics/engine';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';

const KIND = 'training-snapshot';
const VERSION = 1;

/** The best epoch so far; `values` undefined where they are those of the state itself. */
export interface Best {
  readonly epoch: number;
  readonly validation: number;
  readonly values: ReadonlyMap<string, NamedTensor> | undefined;
}

/** A training run between two epochs. */
export interface TrainingSnapshot {
  /** Epochs done. */
  readonly epoch: number;
  readonly validations: readonly number[];
  readonly best: Best;
  /** As `encodeCheckpoint` writes it: parameters, moments, step, seed. */
  readonly checkpoint: Uint8Array;
}

/** Writes a snapshot: the best epoch's parameters beside the newest ones. */
export function encodeSnapshot({ epoch, validations, best, checkpoint }: TrainingSnapshot): Uint8Array {
  const bestValues = best.values ? encodeSafetensors({ tensors: best.values, metadata: {} }) : new Uint8Array(0);
  return encodeArtifact({
    kind: KIND,
    version: VERSION,
    config: {
      epoch,
      validations,
      bestEpoch: best.epoch,
      bestValidation: Number.isFinite(best.validation) ? best.validation : null,
    },
    arrays: { checkpoint, bestValues },
  });
}

/** Reads a snapshot; `undefined` for bytes that are damaged or of another version: training then starts anew. */
export function decodeSnapshot(bytes: Uint8Array): TrainingSnapshot | undefined {
  try {
    const { kind, version, config, arrays } = decodeArtifact(bytes);
    const { checkpoint, bestValues } = arrays;
    if (kind !== KIND || version !== VERSION) return undefined;
    if (!(checkpoint instanceof Uint8Array && bestValues instanceof Uint8Array)) return undefined;
    return {
      epoch: Number(config['epoch']),
      validations: config['validations'] as readonly number[],
      best: {
        epoch: Number(config['bestEpoch']),
        validation: config['bestValidation'] === null ? Number.NaN : Number(config['bestValidation']),
        values: bestValues.length > 0 ? decodeSafetensors(bestValues).tensors : undefined,
      },
      checkpoint,
    };
  } catch (error) {
    if (error instanceof MatineeError) return undefined;
    throw error;
  }
}
