import type { ItemIndex } from '@matinee/models/data';
import type { FeatureGroup } from '@matinee/models/features';
import { count, listed, quantity, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';
import { choosePlaced, type PlacedCandidate } from './places.ts';
import type { RequestTrace } from './trace-request.ts';

/** What the ranker will see of a few candidates. */
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
      `A weighted sum treats all alike: a rank of 3 means the same for a visitor with one like as for a critic with a thousand
ratings. A learned ranker may look at more. It sees a row of ${schema.features.length} numbers a candidate, in five groups: ${listed(groups.map((group) => `*${group}* (${GROUPS[group]})`))}.`,
      `Three of this user's candidates side by side, the first of the final list and those that will move furthest, with the features
that say most of them:`,
      table(
        ['feature', 'meaning', 'as of', ...chosen.map(({ candidate }) => titleOf(trace, candidate.itemIndex))],
        shown.map((column) => {
          const { name, meaning, asOf } = schema.features[column]!;
          return [`\`${name}\``, meaning, asOf, ...rows.map((row) => quantity(row[column]!))];
        }),
      ),
      `*User* and *context* are the same in each column: they cannot order candidates by themselves, but a tree may split on them first
and so trust a source more for one user than for another.`,
      `The column *as of* is the one that keeps the offline figures honest. *candidates*: what the sources made of this query. *history*: what
this user did before the request. *events*: what anybody did, strictly before it. *clock*: the moment itself. *training*: counts that stopped when
the model was trained. A feature that knew what came later would be brilliant offline and worthless online
([Ji et al. 2023](https://doi.org/10.1145/3569930)), so training and requests compute all of them in one function, as of the moment asked about.`,
      `A "—" is a missing value: the trees learn which way to send it. Code: ${link('packages/models/src/features/feature-schema.ts')} (all
${count(schema.features.length)} with their meanings), ${link('packages/models/src/features/compute-features.ts')}.`,
    ],
  };
}

export const NO_RANKER = 'This release has no ranker, or no history to rank by: the order of the blend holds.';

/** Features of each group. */
const SHOWN: Readonly<Record<FeatureGroup, number>> = { source: 4, user: 2, item: 4, pair: 4, context: 1 };

const GROUPS: Readonly<Record<FeatureGroup, string>> = {
  source: 'what the sources said',
  user: 'who asks',
  item: 'what the title is like, for anybody',
  pair: 'this title for this user',
  context: 'the moment',
};

/** The ranker's row of one title; undefined where the title is no candidate or nothing ranks. */
export function featuresOf({ engine, first }: RequestTrace, itemIndex: ItemIndex): Float32Array | undefined {
  const { pool, features } = first.found;
  const position = pool.itemIndices.indexOf(itemIndex);
  const width = engine.release.ranking?.schema.features.length ?? 0;
  return position < 0 ? undefined : features?.slice(position * width, (position + 1) * width);
}

/** "`name` (from → to)" of a placed candidate. */
export function describeMove(trace: RequestTrace, { candidate, inBlend, inList }: PlacedCandidate): string {
  return `*${titleOf(trace, candidate.itemIndex)}*, from place ${inBlend} of the blend to ${inList}`;
}
