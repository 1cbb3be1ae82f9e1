import { describeMove, NO_RANKER } from './features-part.ts';
import { fixed, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import { choosePlaced, placeCandidates } from './places.ts';
import { LIST_LENGTH } from './trace-request.ts';

/** The list before and after ranking. */
export function orderPart({ trace, link }: PageInput): PagePart {
  const placed = placeCandidates(trace.first);
  const firsts = placed.slice(0, LIST_LENGTH);
  const befores = placed.toSorted((a, b) => a.inBlend - b.inBlend).slice(0, LIST_LENGTH);
  const stayed = firsts.filter(({ inBlend }) => inBlend <= LIST_LENGTH).length;
  const [, ...movers] = choosePlaced(trace.first);
  return {
    heading: 'The order, before and after',
    blocks: [
      ...(trace.first.found.features === undefined ? [NO_RANKER] : []),
      'The left half is the list that the blend alone would show, the right half the list that is shown:',
      table(
        ['place', 'by the blend', 'blend score', 'place now', 'by the ranker', 'score', 'place before'],
        firsts.map((after, index) => [
          String(index + 1),
          titleOf(trace, befores[index]!.candidate.itemIndex),
          fixed(befores[index]!.candidate.blendScore),
          String(befores[index]!.inList),
          titleOf(trace, after.candidate.itemIndex),
          fixed(after.candidate.score),
          String(after.inBlend),
        ]),
      ),
      `Of the blend's first ${firsts.length}, ${stayed} are still there. ${movers.length === 0 ? '' : `The furthest moves: ${movers.map((mover) => describeMove(trace, mover)).join('; ')}.`}`.trim(),
      `\`GET /recommend\` returns this list. Among equal scores the better rank in any source comes first, then the lower index, so
equal requests get equal answers. Code: ${link('packages/recommender/src/candidates/rank.ts')}, ${link('packages/recommender/src/recommend.ts')} (the
whole pipeline, top to bottom).`,
    ],
  };
}
