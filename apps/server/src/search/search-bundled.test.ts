import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseTitleWithYear } from '@matinee/models/data';
import { describe, expect, it } from 'vitest';
import { createSearchIndex } from './search-index.ts';

const folder = new URL('../../../../data/movielens-small/', import.meta.url);
const counts = new Map<string, number>();
for (const line of gunzipSync(readFileSync(new URL('ratings.csv.gz', folder)))
  .toString()
  .trim()
  .split('\n')) {
  const id = line.split(',', 2)[1] as string;
  counts.set(id, (counts.get(id) ?? 0) + 1);
}
const titles = readFileSync(new URL('movies.csv', folder), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [, id = '', quoted, plain, year] = /^(\d+),(?:"((?:[^"]|"")*)"|([^,]*)),(\d*),/.exec(line) ?? [];
    const { title } = parseTitleWithYear(quoted?.replaceAll('""', '"') ?? plain ?? '');
    return { title, year: Number(year), popularity: counts.get(id) ?? 0 };
  });
const index = createSearchIndex(titles);
const find = (text: string, limit = 1) => index.search(text, limit).itemIndices.map((item) => titles[item]?.title);

const CASES: Readonly<Record<string, readonly (readonly [query: string, first: string])[]>> = {
  'numerals in digits, in Roman letters and in words': [
    ['godfather 2', 'The Godfather: Part II'],
    ['godfather part 2', 'The Godfather: Part II'],
    ['the godfather iii', 'The Godfather: Part III'],
    ['rocky 2', 'Rocky II'],
    ['rocky four', 'Rocky IV'],
    ['superman 2', 'Superman II'],
    ['lethal weapon ii', 'Lethal Weapon 2'],
    ['terminator ii', 'Terminator 2: Judgment Day'],
    ['back to the future 2', 'Back to the Future Part II'],
    ['back to the future part three', 'Back to the Future Part III'],
    ['star wars episode 4', 'Star Wars: Episode IV - A New Hope'],
    ['star wars v', 'Star Wars: Episode V - The Empire Strikes Back'],
    ['star trek 2', 'Star Trek II: The Wrath of Khan'],
    ['kill bill volume 2', 'Kill Bill: Vol. 2'],
    ['kill bill part one', 'Kill Bill: Vol. 1'],
    ['vol. ii', 'Kill Bill: Vol. 2'],
    ['episode 4', 'Star Wars: Episode IV - A New Hope'],
    ['7 samurai', 'Seven Samurai (Shichinin no samurai)'],
    ['twelve angry men', '12 Angry Men'],
    ['forty year old virgin', 'The 40-Year-Old Virgin'],
    ['ten things i hate about you', '10 Things I Hate About You'],
    ['one hundred and one dalmatians', '101 Dalmatians (One Hundred and One Dalmatians)'],
    ['friday the thirteenth part 2', 'Friday the 13th Part 2'],
    ['5th element', 'The Fifth Element'],
    ['shrek 3', 'Shrek the Third'],
    ['henry 5', 'Henry V'],
    ['hot shots 2', 'Hot Shots! Part Deux'],
    ['alien 3', 'Alien³ (a.k.a. Alien 3)'],
    ['8 1/2', '8 1/2 (8½)'],
    ['rocky 1', 'Rocky'],
    ['home alone part 1', 'Home Alone'],
    ['malcolm x', 'Malcolm X'],
    ['seven', 'Seven (a.k.a. Se7en)'],
  ],
  years: [
    ['batman 1989', 'Batman'],
    ['king kong 1933', 'King Kong'],
    ['matrix 2003', 'The Matrix Reloaded'],
    ['the matrix (1999)', 'The Matrix'],
    ['2001', '2001: A Space Odyssey'],
    ['1984', '1984 (Nineteen Eighty-Four)'],
  ],
  'words that no title has': [
    ['the matrix movie', 'The Matrix'],
    ['good will hunting full movie', 'Good Will Hunting'],
    ['princess bride the movie', 'The Princess Bride'],
    ['pulp fiction film 1994', 'Pulp Fiction'],
    ['die hard movie', 'Die Hard'],
    ['watch inception online', 'Inception'],
    ['austin powers 4', 'Austin Powers: The Spy Who Shagged Me'],
    ['matrix trilogy', 'The Matrix'],
  ],
  abbreviations: [
    ['doctor strangelove', 'Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb'],
    ['doctor no', 'Dr. No'],
    ['mister smith goes to washington', 'Mr. Smith Goes to Washington'],
    ['mister and missus smith', 'Mr. & Mrs. Smith'],
    ['saint elmos fire', "St. Elmo's Fire"],
    ['batman and robin', 'Batman & Robin'],
    ['dumb & dumber', 'Dumb & Dumber (Dumb and Dumber)'],
    ['batman vs superman', 'Batman v Superman: Dawn of Justice'],
    ['king kong versus godzilla', 'King Kong vs. Godzilla (Kingukongu tai Gojira)'],
    ['monsters incorporated', 'Monsters, Inc.'],
  ],
  'words in one, in two, and with dots': [
    ['starwars', 'Star Wars: Episode IV - A New Hope'],
    ['xmen', 'X-Men'],
    ['spider man', 'Spider-Man'],
    ['spiderman 2', 'Spider-Man 2'],
    ['toystory3', 'Toy Story 3'],
    ['backtothefuture', 'Back to the Future'],
    ['fightclub', 'Fight Club'],
    ['the god father', 'The Godfather'],
    ['goodbye lenin', 'Good bye, Lenin!'],
    ['la confidential', 'L.A. Confidential'],
    ['l a confidential', 'L.A. Confidential'],
    ['et the extra terrestrial', 'E.T. the Extra-Terrestrial'],
    ['e.t.', 'E.T. the Extra-Terrestrial'],
    ['ai artificial intelligence', 'A.I. Artificial Intelligence'],
    ['mash', 'M*A*S*H (a.k.a. MASH)'],
    ['walle', 'WALL·E'],
    ['u571', 'U-571'],
  ],
  'beginnings of words': [
    ['god', 'The Godfather'],
    ['toy sto', 'Toy Story'],
    ['schindler list', "Schindler's List"],
    ['apollo 1', 'Apollo 13'],
    ['rambo 2', 'Rambo: First Blood Part II'],
  ],
  'articles at the end and other names': [
    ['matrix, the', 'The Matrix'],
    ['cité des enfants perdus, la', 'The City of Lost Children (La Cité des enfants perdus)'],
    ['cite des enfants perdus', 'The City of Lost Children (La Cité des enfants perdus)'],
    ['12 monkeys', 'Twelve Monkeys (a.k.a. 12 Monkeys)'],
    ['se7en', 'Seven (a.k.a. Se7en)'],
    ['mad max 2', 'The Road Warrior (Mad Max 2)'],
  ],
  mistypings: [
    ['godfater 2', 'The Godfather: Part II'],
    ['shreck 2', 'Shrek 2'],
    ['crouching tiger hiden dragon', 'Crouching Tiger, Hidden Dragon (Wo hu cang long)'],
    ['amelie', "Amelie (Le Fabuleux destin d'Amélie Poulain)"],
  ],
};

describe('search in the bundled catalogue', () => {
  for (const [kind, cases] of Object.entries(CASES)) {
    it.each(cases)(`${kind}: %s → %s`, (query, first) => {
      expect(find(query)).toEqual([first]);
    });
  }

  it('does not read a number as the beginning of a year', () => {
    expect(index.search('rocky 2', 5)).toMatchObject({ total: 1, corrected: false });
  });

  it('counts a beginning the same in any word, then orders by popularity', () => {
    const names = find('god', 50);
    expect(names.indexOf('The Godfather')).toBeLessThan(names.indexOf("God Said 'Ha!'"));
  });

  it('says that it left words out, and finds nothing for no word at all', () => {
    expect(index.search('the matrix movie', 1).corrected).toBe(true);
    for (const text of ['qqqqzzzz', 'the qqqqzzzz', 'qqqqzzzz 2']) expect(index.search(text, 3).total, text).toBe(0);
  });

  it('leaves out excluded titles before it gives up on a word', () => {
    const second = titles.findIndex(({ title }) => title === 'The Godfather: Part II');
    const excluded = new Uint8Array(titles.length);
    excluded[second] = 1;
    expect(index.search('godfather 2', 5, excluded).itemIndices).not.toContain(second);
  });

  it('finds every title by its whole name, and by its name and year', () => {
    const some = titles.flatMap((row, item) => (item % 20 === 0 && row.title !== '' ? [{ ...row, item }] : []));
    const missed = some.flatMap(({ title, year, item }) =>
      [title, `${title} (${year})`].filter((text) => !index.search(text, 10).itemIndices.includes(item)),
    );
    expect(missed).toEqual([]);
  });
});
