import path from 'node:path';
import { openSealedFile, openSecretFile, removeDeadPartials, type SealedFile } from '@matinee/adapters/files';
import { createHnswFactory } from '@matinee/adapters/usearch';
import { type Release, vectorsToIndex, withIndices } from '@matinee/models/release';
import type { LoadedVectorIndex, VectorIndex, VectorIndexKind, VectorTable } from '@matinee/models/vectors';
import { MatineeError } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import { keyFileOf, type Workspace } from './workspace.ts';

export interface IndexOptions {
  /** Folder of the data set's releases. */
  readonly folder: string;
  readonly workspace: Workspace;
  readonly progress: Progress;
  /** The kind of index for a number of items; default: the kind that was measured to be faster. */
  readonly kindFor?: (itemCount: number) => VectorIndexKind;
}

/**
 * Returns the release with the vector indices that it is served with. In large catalogues, where a graph finds
 * candidates faster than an exact search, sources retrieve from a graph. It is saved beside the release's artefacts as
 * `<version>/<nn>-<source>.hnsw`, and built when it is missing, damaged, of other vectors or not sealed with the key of
 * this home. Building takes seconds, so training calls this function too.
 *
 * @remarks The library trusts the numbers of nodes in a graph: one that somebody has planted would crash the process.
 */
export async function openIndices(
  release: Release,
  { folder, workspace, progress, kindFor }: IndexOptions,
): Promise<Release> {
  const indices = new Map<string, VectorIndex>();
  for (const [name, table] of vectorsToIndex(release, kindFor)) {
    await progress.stage(`open the index of ${name}`, async ({ summary }) => {
      const place = path.join(folder, release.version);
      const file = fileNameOf(release, name);
      const key = await openSecretFile(keyFileOf(workspace));
      const saved = openSealedFile(path.join(place, file), key, `${release.version}/${file}`);
      const { index, measuredRecall, isNew } = await openIndex(saved, place, table);
      indices.set(name, index);
      const recall = `recall@100 ${measuredRecall.toFixed(4)} of its own vectors`;
      const kind = index.kind === 'exact' ? `recall is too low (${recall}): exact search instead` : recall;
      summary(`${isNew ? 'built' : 'read'}, ${index.size.toLocaleString('en')} vectors, ${kind}`);
    });
  }
  return withIndices(release, indices);
}

/** The file's name, numbered like the artefacts: two source names may differ only in what a file system ignores. */
function fileNameOf({ sources }: Release, name: string): string {
  const place = sources.findIndex((source) => source.name === name);
  return `${String(place).padStart(2, '0')}-${name.replaceAll(/[^a-zA-Z0-9-]/g, '_').slice(0, 60)}.hnsw`;
}

async function openIndex(
  saved: SealedFile,
  scratchFolder: string,
  table: VectorTable,
): Promise<LoadedVectorIndex & { readonly isNew: boolean }> {
  await removeDeadPartials(scratchFolder);
  const factory = createHnswFactory({ scratchFolder });
  const bytes = await saved.read();
  if (bytes !== undefined) {
    try {
      return { ...factory.load(bytes, table), isNew: false };
    } catch (error) {
      if (!(error instanceof MatineeError && error.code === 'BAD_ARTIFACT')) throw error;
      // A damaged index is built again below.
    }
  }
  const built = factory.build(table).save();
  await saved.write(built);
  return { ...factory.load(built, table), isNew: true };
}
