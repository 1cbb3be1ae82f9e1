import { MatineeError } from '@matinee/numerics';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import { requireArtifact } from '../artifacts/artifact-fields.ts';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import type { VectorIndexKind } from './vector-index.ts';
import type { VectorStore } from './vector-store.ts';

const VERSION = 1;

/** An index as an artefact: checksummed, and marked with the dimension, the count and the hash of its vectors. */
export function encodeVectorIndex(
  kind: VectorIndexKind,
  store: VectorStore,
  arrays: ModelArtifact['arrays'],
): Uint8Array {
  return encodeArtifact({ kind: `vector-index-${kind}`, version: VERSION, config: marksOf(store), arrays });
}

/**
 * Reads what {@link encodeVectorIndex} wrote for the vectors of `store`.
 *
 * @throws {MatineeError} `BAD_ARTIFACT` for damaged bytes, another kind or version, or other vectors.
 */
export function decodeVectorIndex(kind: VectorIndexKind, bytes: Uint8Array, store: VectorStore): ModelArtifact {
  const artifact = decodeArtifact(bytes);
  requireArtifact(artifact, `vector-index-${kind}`, VERSION);
  for (const [mark, value] of Object.entries(marksOf(store))) {
    if (artifact.config[mark] === value) continue;
    throw new MatineeError(
      'BAD_ARTIFACT',
      `vector-index-${kind}: saved with ${mark} ${String(artifact.config[mark])}, loaded with ${value}; ` +
        'build the index again from the vectors',
    );
  }
  return artifact;
}

function marksOf(store: VectorStore): Readonly<Record<string, number>> {
  return { dimension: store.dimension, count: store.size, fingerprint: store.fingerprint() };
}
