import { countRemoved, FILTER_RULES, type FilterRule, ruleAgainst } from '@matinee/recommender';
import { count, listed, plural, table } from './markdown.ts';
import { type PageInput, type PagePart, titleOf } from './page.ts';

const LOOKED_AT = 20;
const SHOWN = 8;

/** What may not be shown, and what it would have taken the place of. */
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
      'Before anything is retrieved, each title of the catalogue gets a verdict. Why first? Ask the models without it:',
      table(
        ['source', `of its first ${LOOKED_AT}, kept out`],
        unmasked.map(({ name, items }) => [
          name,
          `${items.filter((item) => ruleOf(item) !== undefined).length} of ${items.length}`,
        ]),
      ),
      `Models find what the user knows already, since that is what they learned from. So sources take the verdicts as a
mask, and waste no place. The first of \`${loudest.name}\`, asked with no mask:`,
      table(
        ['title', 'kept out by'],
        loudest.items.slice(0, SHOWN).map((item) => [titleOf(trace, item), ruleOf(item) ?? 'nothing']),
      ),
      `Of ${plural(engine.itemCount, 'title')}, the rules keep out:`,
      table(
        ['rule', 'titles'],
        rules.map((rule) => [rule, count(removed[rule]!)]),
      ),
      `The other rules (${listed(idle)}) have nothing to do in this request: the user has said nothing yet, and asked for
nothing to be left out. The first rule that matches is the one that counts.`,
      `The same verdicts filter what the sources returned, so that no source can leak. Of ${plural(pool.itemIndices.length, 'candidate')}
they took out ${count(pool.itemIndices.length - ranked.length)}${pool.itemIndices.length === ranked.length ? ': the mask had done its work' : ''}.`,
      `Code: ${link('packages/recommender/src/rules/verdicts.ts')}. Why: ${link('docs/decisions/0006-serving-without-state.md', 'decision 0006')}.`,
    ],
  };
}
