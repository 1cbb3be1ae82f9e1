import { MatineeError, type Pause } from '@matinee/numerics';
import type { NamedSource } from '../blend/blend.ts';
import type { Dataset } from '../data/dataset.ts';
import { growStatistics } from '../features/grow-statistics.ts';
import { growModel } from '../retrieval/grow-model.ts';
import { requireSameData } from './learned-from.ts';
import type { Release } from './release.ts';

/**
 * Extends a release to a catalogue with appended items, so that new items can be found. The version stays, because
 * nothing is trained.
 *
 * @param dataset Its items start with the catalogue that the release was trained on, or extended to before.
 * @param pause Called between steps of a few milliseconds, so that a server can answer meanwhile.
 * @throws {MatineeError} `RELEASE_MISMATCH` when the release was trained on other data; `BAD_RELEASE` when its sources
 * have different catalogues, or when there are fewer items than in the catalogue it was trained on.
 */
export async function growRelease(
  release: Release,
  dataset: Pick<Dataset, 'name' | 'hash' | 'parts' | 'items'>,
  pause?: Pause,
): Promise<Release> {
  // Before the sizes of catalogues: those of other data say nothing.
  requireSameData(release, dataset);
  const { items } = dataset;
  const itemCount = items.vocabulary.ids.length;
  const known = release.sources[0]?.model.itemCount ?? itemCount;
  // Growing would hide that a part was trained on another catalogue.
  for (const { name, model } of release.sources) {
    if (model.itemCount !== known) refuse(release, `source "${name}" knows ${model.itemCount} items, others ${known}`);
  }
  if (known === itemCount) return release;
  if (known > itemCount) {
    refuse(release, `it knows ${known} titles, there are ${itemCount}: some that arrived before its training are gone`);
  }
  const sources: NamedSource[] = [];
  for (const source of release.sources) {
    sources.push({ ...source, model: await growModel(source.model, items, pause) });
    await pause?.();
  }
  const { ranking } = release;
  return {
    ...release,
    sources,
    ...(ranking && { ranking: { ...ranking, statistics: growStatistics(ranking.statistics, items) } }),
  };
}

function refuse({ version }: Release, fault: string): never {
  throw new MatineeError('BAD_RELEASE', `release ${version}: ${fault}; run: matinee train`);
}
