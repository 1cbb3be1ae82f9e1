const TRAILING_ARTICLE = /^(.+), (The|A|An|La|Le|Les|L'|Los|Las|El|Il|Lo|Gli|Die|Der|Das|Den|Det|Un|Une|Una)$/i;

function articleFirst(title: string): string {
  const match = TRAILING_ARTICLE.exec(title);
  if (!match) return title;
  const [, name, article] = match;
  return article!.endsWith("'") ? `${article}${name}` : `${article} ${name}`;
}

/** Converts a catalogue title for display: `Matrix, The` → `The Matrix`, without other titles in brackets. */
export function displayTitle(title: string | null): string {
  if (title === null || title.trim() === '') return 'Untitled';
  return articleFirst(title.replace(/( \([^()]*\))+$/, '').trim() || title);
}

/** The other titles in brackets: `Misérables, Les (Wretched, The)` → `['The Wretched']`. */
export function otherTitles(title: string | null): readonly string[] {
  const tail = /(?: \([^()]*\))+$/.exec(title ?? '')?.[0] ?? '';
  return [...tail.matchAll(/\(([^()]*)\)/g)].map(([, name]) => articleFirst(name!.replace(/^a\.k\.a\. /, '')));
}
