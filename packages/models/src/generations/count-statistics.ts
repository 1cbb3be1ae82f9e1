import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import {
  type FeatureStatistics,
  fitFeatureStatistics,
  loadFeatureStatistics,
  saveFeatureStatistics,
} from '../features/feature-statistics.ts';
import type { FitSide } from './fit-sources.ts';
import { runStage, type StageContext } from './stages.ts';

/** Counts what features need of a part of the data, or reads it from the stage cache. */
export function countStatistics(side: FitSide, context: StageContext): Promise<FeatureStatistics> {
  return runStage(context, {
    name: `count what features need ${side.name}`,
    identity: { stage: 'feature statistics', side: side.identity },
    ranks: true,
    compute: ({ checkpoint }) => fitFeatureStatistics(side.data, { ...context, checkpoint }),
    encode: (statistics) => encodeArtifact(saveFeatureStatistics(statistics)),
    decode: (bytes) => loadFeatureStatistics(decodeArtifact(bytes)),
  });
}
