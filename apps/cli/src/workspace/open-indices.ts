import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openSnapshotFile } from '@matinee/adapters/files';
import { createHnswFactory } from '@matinee/adapters/usearch';
import { type Release, vectorsToIndex, withIndices } from '@matinee/models/release';
import type { LoadedVectorIndex, VectorIndex, VectorIndexKind, VectorTable } from '@matinee/models/vectors';
import { MatineeError } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';

export interface IndexOptions {
  /** Where the releases of the data set lie. */
  readonly folder: string;
  readonly progress: Progress;
  /** Which kind so many items call for; as measured where absent. */
  readonly kindFor?: (itemCount: number) => VectorIndexKind;
}

/**
 * The release as it is served: where its catalogue is so large that a graph finds candidates sooner than looking at every
 * vector, its sources retrieve from one. A graph lies beside the release's artefacts, `<version>/<nn>-<source>.hnsw`, and is built
 * where it is missing, damaged or of other vectors; that takes seconds, so whoever trains a release calls this as well.
 */
export async function openIndices(release: Release, { folder, progress, kindFor }: IndexOptions): Promise<Release> {
  const indices = new Map<string, VectorIndex>();
  for (const [name, table] of vectorsToIndex(release, kindFor)) {
    await progress.stage(`open the index of ${name}`, async ({ summary }) => {
      const file = path.join(folder, release.version, fileNameOf(release, name));
      const { index, measuredRecall, isNew } = await openIndex(file, table);
      indices.set(name, index);
      const recall = `recall@100 ${measuredRecall.toFixed(4)} of its own vectors`;
      const kind = index.kind === 'exact' ? `too little was found (${recall}): exact search instead` : recall;
      summary(`${isNew ? 'built' : 'read'}, ${index.size.toLocaleString('en')} vectors, ${kind}`);
    });
  }
  return withIndices(release, indices);
}

/** Numbered as the artefacts are: names are the user's and may differ only in what a file system ignores. */
function fileNameOf({ sources }: Release, name: string): string {
  const place = sources.findIndex((source) => source.name === name);
  return `${String(place).padStart(2, '0')}-${name.replaceAll(/[^a-zA-Z0-9-]/g, '_').slice(0, 60)}.hnsw`;
}

async function openIndex(file: string, table: VectorTable): Promise<LoadedVectorIndex & { readonly isNew: boolean }> {
  await mkdir(path.dirname(file), { recursive: true });
  const factory = createHnswFactory({ scratchFolder: path.dirname(file) });
  const kept = openSnapshotFile(file);
  const bytes = await kept.read();
  if (bytes !== undefined) {
    try {
      return { ...factory.load(bytes, table), isNew: false };
    } catch (error) {
      if (!(error instanceof MatineeError && error.code === 'BAD_ARTIFACT')) throw error;
      // It is made of what is there: built again below.
    }
  }
  const built = factory.build(table).save();
  await kept.write(built);
  return { ...factory.load(built, table), isNew: true };
}
