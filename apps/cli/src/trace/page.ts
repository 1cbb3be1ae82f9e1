import type { ItemIndex } from '@matinee/models/data';
import { asText } from './markdown.ts';
import type { RequestTrace } from './trace-request.ts';

/** What every part of the page is written from. */
export interface PageInput {
  readonly trace: RequestTrace;
  /** Link to a file of this repository, given by its path in it. */
  readonly link: (file: string, text?: string) => string;
}

/** One idea, with the numbers that show it. */
export interface PagePart {
  /** The same for every user. */
  readonly heading: string;
  /** Paragraphs and tables, in order. */
  readonly blocks: readonly string[];
}

/** Title and year as the page names them, safe in Markdown; the id where the catalogue knows no title. */
export function titleOf({ engine: { catalogue } }: RequestTrace, itemIndex: ItemIndex): string {
  const title = catalogue.titles[itemIndex];
  if (title === undefined) return `title ${asText(catalogue.vocabulary.ids[itemIndex]!)}`;
  const year = catalogue.years[itemIndex]!;
  return year === 0 ? asText(title) : `${asText(title)} (${year})`;
}
