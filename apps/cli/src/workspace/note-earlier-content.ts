import type { Dataset } from '@matinee/models/data';
import { earlierContent, type Release } from '@matinee/models/release';
import type { Progress } from '../terminal/progress.ts';

/** Says which text of the item table has changed since a release learned from it. The release is served all the same. */
export function noteEarlierContent(release: Release, dataset: Dataset, progress: Pick<Progress, 'note'>): void {
  const changed = earlierContent(release, dataset);
  if (changed.length === 0) return;
  progress.note(
    `${changed.join(' and ')} have changed since ${release.generation} (${release.version}) learned from them: pages show ` +
      'the new ones, its models know the earlier ones until it is trained again (matinee train)',
  );
}
