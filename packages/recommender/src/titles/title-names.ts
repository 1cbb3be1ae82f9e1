import { parseTitleWithYear } from '@matinee/models/data';

const BRACKETS = /\s*\(([^()]*)\)/g;
const ALSO_KNOWN_AS = /^\s*a\.?\s?k\.?\s?a\.?:?\s+/i;

/**
 * Returns the names of a title, the main one first, articles in front: "Seven (a.k.a. Se7en)" → ["Seven", "Se7en"],
 * "City of Lost Children, The (Cité des enfants perdus, La)" → ["The City of Lost Children", "La Cité des enfants
 * perdus"]. A title that is all brackets is its own name.
 */
export function namesOf(title: string): readonly string[] {
  if (!title.includes('(') && !title.includes(',')) return [title];
  const main = title.replaceAll(BRACKETS, '').trim();
  if (main === '') return [title];
  const others = Array.from(title.matchAll(BRACKETS), ([, name]) => (name as string).replace(ALSO_KNOWN_AS, '').trim());
  return [main, ...others.filter((name) => name !== '')].map(articleFirst);
}

function articleFirst(name: string): string {
  return name.includes(',') ? parseTitleWithYear(name).title : name;
}
