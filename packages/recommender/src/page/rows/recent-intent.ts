import { neighborPlacements } from './neighbor-placements.ts';
import { answeringSource, type RowProposal, type SlateInput } from './section.ts';

/** Neighbours of the last few items the viewer engaged with; items disliked here lower their neighbours. */
export async function recentIntent(input: SlateInput): Promise<RowProposal> {
  const { engine, query, verdicts } = input;
  const source = answeringSource(input, 'neighbors');
  if (source === undefined || query.intentItems.length === 0) {
    return { kind: 'from_your_recent_intent', placements: [] };
  }
  return {
    kind: 'from_your_recent_intent',
    placements: await neighborPlacements({ engine, query, verdicts, source, sourceQuery: query.intent }),
  };
}
