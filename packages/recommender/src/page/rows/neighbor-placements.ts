import type { NamedSource } from '@matinee/models/blend';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import { boostScored } from '../../candidates/boost-candidates.ts';
import { explainByOtherContributor, explainBySource } from '../../candidates/explain.ts';
import { inFavour } from '../../candidates/in-favour.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Query } from '../../request/query.ts';
import type { Verdicts } from '../../rules/verdicts.ts';
import { MAX_ROW_LENGTH, type Placement, ROW_LENGTH } from './section.ts';

interface NeighborQuery {
  readonly engine: Engine;
  readonly query: Query;
  readonly verdicts: Verdicts;
  readonly source: NamedSource;
  readonly sourceQuery: RetrievalQuery;
}

/** Items retrieved beyond what the row can show, since other rows may take some first. */
const HEADROOM = 3 * ROW_LENGTH;

/** Neighbours for `sourceQuery` with a positive score, best first, explained by their own contributors. */
export async function neighborPlacements({
  engine,
  query,
  verdicts,
  source,
  sourceQuery,
}: NeighborQuery): Promise<Placement[]> {
  const found = await source.model.retrieve(sourceQuery, MAX_ROW_LENGTH + HEADROOM, verdicts.codes);
  const placements: Placement[] = [];
  for (const itemIndex of boostScored(engine, query, inFavour(found)).itemIndices) {
    placements.push({
      itemIndex,
      explain: async () =>
        (await explainBySource(engine, query, source, itemIndex, sourceQuery)) ?? { code: 'trending_now' },
      explainOtherwise: (isUsedUp) => explainByOtherContributor(query, source, itemIndex, sourceQuery, isUsedUp),
    });
  }
  return placements;
}
