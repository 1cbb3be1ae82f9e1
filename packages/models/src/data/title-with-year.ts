/** A catalogue title split into parts for display. */
export interface TitleWithYear {
  readonly title: string;
  /** 0 = the title names no year. */
  readonly year: number;
}

const TRAILING_YEAR = /\s*\((\d{4})(?:[-–]\d{0,4})?\)\s*$/;
/** "Matrix, The", "Dîner de cons, Le": articles that catalogues move to the end so that titles sort. */
const TRAILING_ARTICLE =
  /^(.*), (The|A|An|Le|La|Les|L'|L’|Il|Lo|I|Gli|Der|Die|Das|Den|Det|En|Ett|El|Los|Las|Un|Une|Uno|Una|O|Os|As)$/i;

/**
 * Splits "Matrix, The (1999)" into "The Matrix" and 1999. Line breaks and runs of blanks become one blank. An
 * alternative title in brackets ("City of Lost Children, The (Cité des enfants perdus, La)") stays, with its article
 * moved as well.
 */
export function parseTitleWithYear(text: string): TitleWithYear {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  const yearMatch = TRAILING_YEAR.exec(trimmed);
  const withoutYear = yearMatch === null ? trimmed : trimmed.slice(0, yearMatch.index);
  const bracket = /^(.*?)\s*\((.+)\)$/.exec(withoutYear);
  const title =
    bracket === null
      ? moveArticle(withoutYear)
      : `${moveArticle(bracket[1] as string)} (${moveArticle(bracket[2] as string)})`;
  return { title: title === '' ? trimmed : title, year: yearMatch === null ? 0 : Number(yearMatch[1]) };
}

function moveArticle(title: string): string {
  const match = TRAILING_ARTICLE.exec(title);
  if (match === null) return title;
  const article = match[2] as string;
  return /['’]$/.test(article) ? `${article}${match[1]}` : `${article} ${match[1]}`;
}
