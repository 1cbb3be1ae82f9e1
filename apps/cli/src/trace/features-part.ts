import type { ItemIndex } from '@matinee/models/data';
import type { FeatureGroup } from '@matinee/models/features';
import { count, listed, quantity, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import { choosePlaced, type PlacedCandidate } from './places.ts';
import type { RequestTrace } from './trace-request.ts';

/** The features that the ranker reads of a few candidates. */
export function featuresPart({ trace, link }: PageInput): PagePart {
  const heading = 'Features: what is known of user and title';
  const { ranking } = trace.engine.release;
  if (ranking === undefined || trace.first.found.features === undefined) return { heading, blocks: [NO_RANKER] };
  const { schema, ranker } = ranking;
  const chosen = choosePlaced(trace.first);
  const rows = chosen.map(({ candidate }) => featuresOf(trace, candidate.itemIndex)!);
  const push = new Map<string, number>();
  for (const row of rows) {
    for (const { feature, contribution } of ranker.explain(row, 1, schema.features.length)[0]!) {
      push.set(feature, (push.get(feature) ?? 0) + Math.abs(contribution));
    }
  }
  const columns = [...schema.features.keys()];
  const pushOf = (column: number): number => push.get(schema.names[column]!) ?? 0;
  const groups = [...new Set(schema.features.map(({ group }) => group))];
  const shown = groups.flatMap((group) =>
    columns
      .filter((column) => schema.features[column]!.group === group)
      .sort((a, b) => pushOf(b) - pushOf(a))
      .slice(0, SHOWN[group]),
  );
  return {
    heading,
    blocks: [
      `A weighted sum treats everyone alike: a rank of 3 means the same for a visitor with one like as for a critic with a thousand
ratings. A learned ranker can use more. It reads a row of ${schema.features.length} numbers per candidate, in five groups: ${listed(groups.map((group) => `*${group}* (${GROUPS[group]})`))}.`,
      `Three of this user's candidates side by side, the first of the final list and those that will move furthest, with the features
that move their scores most:`,
      table(
        ['feature', 'meaning', 'as of', ...chosen.map(({ candidate }) => titleOf(trace, candidate.itemIndex))],
        shown.map((column) => {
          const { name, meaning, asOf } = schema.features[column]!;
          return [`\`${name}\``, meaning, asOf, ...rows.map((row) => quantity(row[column]!))];
        }),
      ),
      `*User* and *context* are the same in each column: they cannot order candidates by themselves, but a tree can split on them first
and so give a source more say for one user than for another.`,
      `The column *as of* says what a feature may know; it keeps the offline figures honest. *candidates*: what the sources returned for this query. *history*: what
this user did before the request. *events*: what anybody did, strictly before it. *clock*: the request time itself. *training*: counts that end when
the model was trained. A feature that knew later events would look brilliant offline and be worthless online
([Ji et al. 2023](https://doi.org/10.1145/3569930)), so training and requests compute all of them in one function, as of the request time.`,
      `A "—" is a missing value: the trees learn which way to send it. Code: ${link('packages/models/src/features/feature-schema.ts')} (all
${count(schema.features.length)} with their meanings), ${link('packages/models/src/features/compute-features.ts')}.`,
    ],
  };
}

export const NO_RANKER = 'This release has no ranker, or the user no history to rank by: the order of the blend stays.';

/** How many features of each group the table shows. */
const SHOWN: Readonly<Record<FeatureGroup, number>> = { source: 4, user: 2, item: 4, pair: 4, context: 1 };

const GROUPS: Readonly<Record<FeatureGroup, string>> = {
  source: 'what the sources returned',
  user: 'the viewer',
  item: 'the title, the same for everybody',
  pair: 'this title for this user',
  context: 'the request time',
};

/** The ranker's row of one title; undefined when the title is not a candidate or there is no ranker. */
export function featuresOf({ engine, first }: RequestTrace, itemIndex: ItemIndex): Float32Array | undefined {
  const { pool, features } = first.found;
  const position = pool.itemIndices.indexOf(itemIndex);
  const width = engine.release.ranking?.schema.features.length ?? 0;
  return position < 0 ? undefined : features?.slice(position * width, (position + 1) * width);
}

/** A candidate's title with its places in the blend and in the list. */
export function describeMove(trace: RequestTrace, { candidate, inBlend, inList }: PlacedCandidate): string {
  return `*${titleOf(trace, candidate.itemIndex)}*, from place ${inBlend} of the blend to ${inList}`;
}
