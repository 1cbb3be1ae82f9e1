import { countRemoved, type Section } from '@matinee/recommender';
import { describeReason } from './describe-reason.ts';
import { fixed, listed, plural, signed, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import { nameOf } from './slate-part.ts';
import { LIST_LENGTH, type RequestTrace, type TracedResponse } from './trace-request.ts';

/** What one like changes in the next answer, and that its undo reverses it. */
export function feedbackPart({ trace, link }: PageInput): PagePart {
  const { first, afterLike, likedItem } = trace;
  const liked = titleOf(trace, likedItem);
  const before = new Map(first.found.ranked.map(({ itemIndex }, index) => [itemIndex, index + 1]));
  const rows = afterLike.list.map(({ candidate, explanation }, index) => [
    String(index + 1),
    String(before.get(candidate.itemIndex) ?? 'new'),
    titleOf(trace, candidate.itemIndex),
    describeReason(trace, explanation),
  ]);
  const naming = afterLike.list.filter(
    ({ explanation }) => explanation.code === 'because_you_watched' && explanation.itemIndex === likedItem,
  ).length;
  const entered = afterLike.list.filter(
    ({ candidate }) => !first.list.some((each) => each.candidate.itemIndex === candidate.itemIndex),
  ).length;
  const { history } = afterLike.found.query.retrieval;
  return {
    heading: 'A like, and the next answer',
    blocks: [
      `Say the user likes *${liked}*. The event is written to the log before it is acknowledged, and the next request reads it there. Nothing is
retrained. The history has one more entry, of weight ${fixed(history.weights.at(-1) ?? Number.NaN, 2)}, and since it is the newest it counts most. The request time is the same in both
requests: only the like differs.`,
      ...ruleBlocks(trace),
      `Recent intent was ${listed(first.found.query.intentItems.map((item) => titleOf(trace, item)))}; now it is ${listed(afterLike.found.query.intentItems.map((item) => titleOf(trace, item)))}. Feedback given
here outweighs the history from the data set.`,
      `The new list, with each title's place before:`,
      table(['place', 'before', 'title', 'reason'], rows),
      `Of its ${rows.length}, ${entered} ${entered === 1 ? 'was' : 'were'} not among the first ${LIST_LENGTH} before, and ${naming} ${naming === 1 ? 'names' : 'name'} the liked title as the reason.`,
      ...climbBlocks(trace),
      describeRows(trace),
      describeUndo(trace),
      `Code: ${link('packages/recommender/src/log/feedback-state.ts')}, ${link('packages/recommender/src/request/query.ts')}. Why state is folded and never
stored: ${link('docs/decisions/0006-serving-without-state.md', 'decision 0006')}.`,
    ],
  };
}

function ruleBlocks({ first, afterLike }: RequestTrace): string[] {
  const [before, after] = [first, afterLike].map(({ found }) => countRemoved(found.verdicts));
  const changed = Object.entries(after!).filter(([rule, titles]) => before![rule as keyof typeof before] !== titles);
  return changed.map(
    ([rule, titles]) =>
      `The title itself leaves: rule \`${rule}\` now keeps out ${plural(titles, 'title')}. A viewer who likes a title knows it already.`,
  );
}

/** The blend score before and after, source by source, of the title that climbed furthest into the new list. */
function climbBlocks(trace: RequestTrace): string[] {
  const { first, afterLike } = trace;
  const before = new Map(
    first.found.ranked.map((candidate, index) => [candidate.itemIndex, { candidate, place: index + 1 }]),
  );
  const climbs = afterLike.list
    .flatMap(({ candidate }, index) => {
      const old = before.get(candidate.itemIndex);
      return old === undefined ? [] : [{ candidate, old: old.candidate, climb: old.place - index - 1 }];
    })
    .sort((a, b) => b.climb - a.climb);
  const [furthest] = climbs;
  if (furthest === undefined || furthest.climb <= 0) return [];
  const { candidate, old } = furthest;
  const rows = afterLike.found.pool.sourceNames.flatMap((name) => {
    const [was, is] = [old, candidate].map(({ sources }) => sources.find(({ source }) => source.name === name));
    if (was === undefined && is === undefined) return [];
    return [
      [
        name,
        String(was?.rank ?? '—'),
        String(is?.rank ?? '—'),
        signed((is?.contribution ?? 0) - (was?.contribution ?? 0)),
      ],
    ];
  });
  return [
    `*${titleOf(trace, candidate.itemIndex)}* climbed furthest, by ${plural(furthest.climb, 'place')}. Source by source ("—": not among its best), this is how its blend score moved:`,
    table(
      ['source', 'rank before', 'rank now', 'contribution moved by'],
      [
        ...rows,
        [
          '**blend score**',
          fixed(old.blendScore),
          fixed(candidate.blendScore),
          `**${signed(candidate.blendScore - old.blendScore)}**`,
        ],
      ],
    ),
  ];
}

function describeRows(trace: RequestTrace): string {
  const named = ({ sections }: TracedResponse): string[] => sections.map((section: Section) => nameOf(trace, section));
  const [before, after] = [named(trace.first), named(trace.afterLike)];
  const come = after.filter((name) => !before.includes(name));
  const gone = before.filter((name) => !after.includes(name));
  if (come.length === 0 && gone.length === 0) return 'The page has the same rows as before, with other titles in them.';
  const parts = [
    ...(come.length === 0
      ? []
      : [`${listed(come.map((name) => `*${name}*`))} ${come.length === 1 ? 'is' : 'are'} new`]),
    ...(gone.length === 0
      ? []
      : [`${listed(gone.map((name) => `*${name}*`))} ${gone.length === 1 ? 'is' : 'are'} gone`]),
  ];
  return `Of the rows of the page, ${parts.join(', and ')}.`;
}

function describeUndo({ first, afterUndo }: RequestTrace): string {
  const [before, after] = [first, afterUndo].map(({ found }) => found.ranked);
  const same = before!.filter(
    ({ itemIndex, score }, index) => after![index]?.itemIndex === itemIndex && after![index]?.score === score,
  ).length;
  return `And if the like was a mistake? *Undo* is one more event, and folding the log ignores the like from then on. In the next answer, ${
    same === before!.length
      ? `all ${same} candidates have their first place and score again, to the last bit`
      : `${same} of ${before!.length} candidates have their first place and score again`
  }.`;
}
