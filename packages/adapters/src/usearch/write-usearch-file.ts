import type { VectorTable } from '@matinee/models/vectors';
import { Index, MetricKind, ScalarKind } from 'usearch';

/** Searched as far as the measurements of recall in docs/decisions/0008. */
const SETTINGS = { connectivity: 32, expansion_add: 500, expansion_search: 200 };

/**
 * Writes a graph of the vectors as USearch's own file, for other programs: its keys are the table's, its distance is
 * 1 − inner product.
 *
 * @throws {Error} when the file cannot be written.
 */
export function writeUsearchFile({ dimension, keys, vectors }: VectorTable, file: string): void {
  const index = new Index({
    ...SETTINGS,
    dimensions: dimension,
    metric: MetricKind.IP,
    quantization: ScalarKind.F32,
    multi: false,
  });
  if (keys.length > 0) index.add(BigUint64Array.from(keys, BigInt), vectors, 1);
  index.save(file);
}
