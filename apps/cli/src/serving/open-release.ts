import { latestOfGeneration, loadRelease } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import { GENERATION_NAMES } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import { requireOneOf } from '../protocol/protocol-options.ts';
import type { Progress } from '../terminal/progress.ts';
import { releaseFolder } from '../training/train-and-save-release.ts';
import { noteEarlierContent } from '../workspace/note-earlier-content.ts';
import { openIndices } from '../workspace/open-indices.ts';
import type { Workspace } from '../workspace/workspace.ts';

interface OpenReleaseOptions {
  readonly workspace: Workspace;
  readonly dataset: Dataset;
  readonly progress: Progress;
  /** The option that names a generation, such as `--serve`. */
  readonly option: string;
  /** Its value; empty = the release that is current. */
  readonly generation: string;
}

/**
 * Loads the release that is current, or the one of a generation that was trained last, with its indices.
 *
 * @throws {MatineeError} `BAD_ARGUMENT` for a generation that does not exist, `NOT_FOUND` where none was trained,
 * `BAD_RELEASE`.
 */
export async function openRelease({
  workspace,
  dataset,
  progress,
  option,
  generation,
}: OpenReleaseOptions): Promise<Release> {
  const folder = releaseFolder(workspace, dataset.name);
  const loaded = await progress.stage('load the release', async (stage) => {
    const release = await loadRelease(folder, await versionOf(generation, option, folder, dataset.name));
    stage.summary(release.version);
    return release;
  });
  noteEarlierContent(loaded, dataset, progress);
  return openIndices(loaded, { folder, workspace, progress });
}

/** Returns the release of the generation that was asked for; undefined where none was. */
async function versionOf(
  generation: string,
  option: string,
  folder: string,
  data: string,
): Promise<string | undefined> {
  if (generation === '') return undefined;
  requireOneOf(option, generation, [...GENERATION_NAMES]);
  const version = await latestOfGeneration(folder, generation);
  if (version !== undefined) return version;
  throw new MatineeError(
    'NOT_FOUND',
    `no release of ${generation}; run: matinee train --preset ${generation} --data ${data}, with the same --home`,
  );
}
