import { MatineeError } from '@matinee/numerics';
import type { Catalogue } from '../data/dataset.ts';
import { growStatistics } from '../features/grow-statistics.ts';
import { growModel } from '../retrieval/grow-model.ts';
import type { Release } from './release.ts';

/**
 * The release over a catalogue that has grown since it was trained, so that titles which arrived meanwhile can be found. It
 * is still the same release, with the same version: nothing was learned.
 *
 * @param items Begins with the catalogue that the release was trained on.
 * @throws {MatineeError} `BAD_RELEASE` when its sources are not of one catalogue, or the catalogue is the smaller one: the
 * release was trained on titles that are gone.
 */
export async function growRelease(release: Release, items: Catalogue): Promise<Release> {
  const itemCount = items.vocabulary.ids.length;
  const known = release.sources[0]?.model.itemCount ?? itemCount;
  // All of it was trained on one catalogue; growing would hide that a part was not.
  for (const { name, model } of release.sources) {
    if (model.itemCount !== known) refuse(release, `source "${name}" knows ${model.itemCount} items, others ${known}`);
  }
  if (known === itemCount) return release;
  if (known > itemCount) {
    refuse(release, `it knows ${known} titles, there are ${itemCount}: some that arrived before its training are gone`);
  }
  const sources = await Promise.all(
    release.sources.map(async (source) => ({ ...source, model: await growModel(source.model, items) })),
  );
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
