import { blendPart } from './blend-part.ts';
import { explainPart } from './explain-part.ts';
import { featuresPart } from './features-part.ts';
import { feedbackPart } from './feedback-part.ts';
import { historyPart } from './history-part.ts';
import { count, listed, plural, wrap } from './markdown.ts';
import { orderPart } from './order-part.ts';
import type { PageInput, PagePart } from './page.ts';
import { retrievePart } from './retrieve-part.ts';
import { rulesPart } from './rules-part.ts';
import { scorePart } from './score-part.ts';
import { slatePart } from './slate-part.ts';
import type { RequestTrace } from './trace-request.ts';

/** The page's sections, in the order in which a request passes through the stages. */
const PARTS: readonly ((input: PageInput) => PagePart | Promise<PagePart>)[] = [
  historyPart,
  rulesPart,
  retrievePart,
  blendPart,
  featuresPart,
  scorePart,
  orderPart,
  slatePart,
  explainPart,
  feedbackPart,
];

export interface WriteTraceOptions {
  /** The command that writes this page again; the page shows it at the top. */
  readonly command: string;
  /** The link from the page to a file of this repository, which is given by its path in it. */
  readonly linkTo: (file: string) => string;
}

/**
 * Returns one user's request as a page in Markdown, stage by stage, for readers who want to learn how it works. The
 * text holds no time of writing and nothing about the machine: equal traces give equal text.
 */
export async function writeTrace(trace: RequestTrace, { command, linkTo }: WriteTraceOptions): Promise<string> {
  const link: PageInput['link'] = (file, text = file.split('/').at(-1)!) => `[${text}](${linkTo(file)})`;
  const parts = await Promise.all(PARTS.map((part) => part({ trace, link })));
  const { engine, datasetName, userId } = trace;
  const { release, userCount, itemCount } = engine;
  const headings = parts.map(({ heading }, index) => `${index + 1}. ${heading}`);
  const intro = [
    '# One request, step by step',
    `<!-- Written by \`${command}\`. Change what writes it, not this file. -->`,
    `What happens between a user opening the page and the page being shown? Here is one request of one user, with the real numbers of each stage.
Each section explains one idea and links to its code.
*hydrate → rules → retrieve → blend → features → score → rank → slate → explain*, and feedback that changes the next answer.`,
    `The user is number ${userId} of *${datasetName}* (${plural(userCount, 'user')}, ${plural(itemCount, 'title')}). Answers come from release \`${release.version}\`,
generation ${release.generation.toUpperCase()}: ${listed(release.sources.map(({ name }) => name))}${release.ranking === undefined ? '' : `, then a ranker of ${count(release.ranking.schema.features.length)} features`}. Everything below was written by
running them:`,
    `\`\`\`\n${command}\n\`\`\``,
    'The same data gives the same page. Try another user, or another generation with `--preset`.',
    headings.map((heading) => `- [${heading}](#${anchorOf(heading)})`).join('\n'),
  ];
  const body = parts.flatMap(({ blocks }, index) => [`## ${headings[index]}`, ...blocks]);
  const outro = [
    '## Where to read on',
    `How good is it? ${link('docs/evaluation.md')} describes how that is measured without the usual leaks. ${link('ARCHITECTURE.md')} is the map,
${link('docs/models/v1.md', 'docs/models')} has a card for each model, ${link('docs/api.md')} shows the same request over HTTP, and
${link('packages/recommender/src/recommend.ts')} is the whole pipeline on a few screens.`,
  ];
  return `${[...intro, ...body, ...outro].map((block) => (IS_LAID_OUT.test(block) ? block : wrap(block))).join('\n\n')}\n`;
}

/** Blocks that keep their lines: tables, headings, code, lists and comments. */
const IS_LAID_OUT = /^(\||#|```|- |<!--)/;

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
