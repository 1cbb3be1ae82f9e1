import type { NamedSource } from '@matinee/models/blend';
import type { RetrievalQuery, ScoredItems } from '@matinee/models/retrieval';
import { boostScored } from '../../candidates/boost-candidates.ts';
import { explainBySource } from '../../candidates/explain.ts';
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

/** Other rows may take some first: so many more than the row can show are looked for. */
const HEADROOM = 3 * ROW_LENGTH;

/** What item-item similarity finds for `sourceQuery` with evidence in favour, best first, explained by its own contributors. */
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
    });
  }
  return placements;
}

/** Best first, so what speaks against a title stands at the end. */
function inFavour({ itemIndices, scores }: ScoredItems): ScoredItems {
  const end = scores.findIndex((score) => !(score > 0));
  return end < 0
    ? { itemIndices, scores }
    : { itemIndices: itemIndices.subarray(0, end), scores: scores.subarray(0, end) };
}
