import { countRemoved, FILTER_RULES, type FilterRule, ruleAgainst } from '@matinee/recommender';
import { count, listed, plural, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';

const LOOKED_AT = 20;
const SHOWN = 8;

/** Which titles may not be shown, and how many places they would take without the rules. */
export async function rulesPart({ trace, link }: PageInput): Promise<PagePart> {
  const { engine, first } = trace;
  const { query, verdicts, pool, ranked } = first.found;
  const removed = countRemoved(verdicts);
  const rules = FILTER_RULES.filter((rule) => removed[rule] !== undefined);
  const idle = FILTER_RULES.filter((rule) => removed[rule] === undefined).map((rule) => `*${rule}*`);
  const unmasked = await Promise.all(
    engine.release.sources.map(async ({ name, weight, model }) => ({
      name,
      weight,
      items: Array.from((await model.retrieve(query.retrieval, LOOKED_AT)).itemIndices),
    })),
  );
  const loudest = unmasked.reduce((best, source) => (source.weight > best.weight ? source : best));
  const ruleOf = (item: number): FilterRule | undefined => ruleAgainst(verdicts, item);
  return {
    heading: 'Rules first',
    blocks: [
      'Before anything is retrieved, each title of the catalogue gets a verdict. Why first? This is what the sources return without it:',
      table(
        ['source', `of its first ${LOOKED_AT}, removed`],
        unmasked.map(({ name, items }) => [
          name,
          `${items.filter((item) => ruleOf(item) !== undefined).length} of ${items.length}`,
        ]),
      ),
      `Models find titles that the user knows already, since they learned from them. So the sources take the verdicts as a
mask and waste no place. The first of \`${loudest.name}\` without the mask:`,
      table(
        ['title', 'removed by'],
        loudest.items.slice(0, SHOWN).map((item) => [titleOf(trace, item), ruleOf(item) ?? 'nothing']),
      ),
      `Of ${plural(engine.itemCount, 'title')}, the rules remove:`,
      table(
        ['rule', 'titles'],
        rules.map((rule) => [rule, count(removed[rule]!)]),
      ),
      `The other rules (${listed(idle)}) remove nothing in this request: the user has given no feedback yet, and the request
excludes nothing. The first rule that matches counts.`,
      `The same verdicts filter what the sources returned, so that no source can leak a title. Of ${plural(pool.itemIndices.length, 'candidate')}
they removed ${count(pool.itemIndices.length - ranked.length)}${pool.itemIndices.length === ranked.length ? ', since the mask had removed them before' : ''}.`,
      `Code: ${link('packages/recommender/src/rules/verdicts.ts')}. Why: ${link('docs/decisions/0006-serving-without-state.md', 'decision 0006')}.`,
    ],
  };
}
