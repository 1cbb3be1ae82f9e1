import type { ItemIndex } from '@matinee/models/data';
import type { Query } from '../../request/query.ts';
import { mayName } from '../../rules/unseeable.ts';
import { neighborPlacements } from './neighbor-placements.ts';
import { answeringSource, MIN_ROW_LENGTH, type RowProposal, type SlateInput } from './section.ts';

const MAX_ANCHORS = 2;
/** Most of the viewer's items that are tried as anchors. */
const MAX_TRIED = 12;

/**
 * Returns one row each for one or two items that the viewer liked or watched lately: that item's neighbours only. An
 * item with too few neighbours left gets no row, nor does the only item of the recent intent, whose row it would
 * repeat.
 */
export async function becauseYouWatched(input: SlateInput): Promise<RowProposal[]> {
  const { engine, query, verdicts } = input;
  const source = answeringSource(input, 'neighbors');
  if (source === undefined) return [];
  const proposals: RowProposal[] = [];
  for (const anchor of listAnchors(query, (itemIndex) => isWellRated(query, itemIndex)).slice(0, MAX_TRIED)) {
    if (proposals.length >= MAX_ANCHORS) break;
    if (query.intentItems.length === 1 && query.intentItems[0] === anchor) continue;
    const history = {
      itemIndices: Int32Array.of(anchor),
      timestamps: Float64Array.of(query.retrieval.asOf),
      weights: Float32Array.of(1),
    };
    const sourceQuery = { ...query.retrieval, history };
    const placements = await neighborPlacements({ engine, query, verdicts, source, sourceQuery });
    if (placements.length >= MIN_ROW_LENGTH) proposals.push({ kind: 'because_you_watched', anchor, placements });
  }
  return proposals;

  function isWellRated({ userIndex }: Query, itemIndex: ItemIndex): boolean {
    const rating = engine.ratings.ratingOf(userIndex, itemIndex);
    return rating === undefined || rating >= engine.ratings.meanOfUser(userIndex);
  }
}

/**
 * Lists items liked here, then watched here, then from the data set's history, each newest first, without items that
 * the viewer dislikes or must not be shown.
 */
function listAnchors(query: Query, isWellRated: (itemIndex: ItemIndex) => boolean): number[] {
  const { base, feedback } = query;
  const live = [...feedback.byItem]
    .reverse()
    .filter(([itemIndex, { taste }]) => taste !== 'dislike' && mayName(query, itemIndex));
  const liked = live.filter(([, { taste }]) => taste === 'like');
  const watched = live.filter(([, { taste, watched: isWatched }]) => taste === null && isWatched);
  const anchors = [...liked, ...watched].map(([itemIndex]) => itemIndex);
  for (let position = base.itemIndices.length - 1; position >= 0 && anchors.length < MAX_TRIED; position--) {
    const itemIndex = base.itemIndices[position]!;
    if (!(base.weights[position]! > 0) || anchors.includes(itemIndex) || !mayName(query, itemIndex)) continue;
    if (feedback.byItem.get(itemIndex)?.taste !== 'dislike' && isWellRated(itemIndex)) anchors.push(itemIndex);
  }
  return anchors;
}
