import { boostScored } from '../../candidates/boost-candidates.ts';
import { explainBySource } from '../../candidates/explain.ts';
import { MAX_ROW_LENGTH, popularitySource, type RowProposal, type SlateInput } from './section.ts';

/** The other rows choose first and may take many of the same items. */
const HEADROOM = 200;

/** What people engage with lately: the same for everybody, without what this viewer knows already. */
export async function popularRightNow(input: SlateInput): Promise<RowProposal> {
  const { engine, query, verdicts } = input;
  const source = popularitySource(input);
  const found = await source.model.retrieve(query.retrieval, MAX_ROW_LENGTH + HEADROOM, verdicts.codes);
  const { itemIndices } = boostScored(engine, query, found);
  return {
    kind: 'popular_right_now',
    placements: Array.from(itemIndices, (itemIndex) => ({
      itemIndex,
      explain: async () => (await explainBySource(engine, query, source, itemIndex)) ?? { code: 'trending_now' },
    })),
  };
}
