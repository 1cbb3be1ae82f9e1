import { titleKey } from './title-key.ts';
import { namesOf } from './title-names.ts';

/** What a name says of a title's place in a series. */
export interface SeriesPart {
  /** The key of the series' name. */
  readonly stem: string;
  /** The name is the series' own, or a number follows it, or only a subtitle. */
  readonly kind: 'name' | 'number' | 'subtitle';
  /** With `number`. */
  readonly number?: number;
}

const NUMBER = String.raw`(?<digits>\d{1,4})|(?<roman>[IVX]+)|(?<word>One|Two|Three|Four|Five|Six|Seven|Deux)`;
const COUNTER = String.raw`(?:Part|Episode|Volume|Vol\.?|Chapter)`;
/** "Rocky II", "Terminator 2: Judgment Day", "Godfather: Part II", "Star Wars: Episode IV - A New Hope". */
const NUMBERED = new RegExp(
  String.raw`^(?<stem>.+?)(?<mark>[:,]? | - )(?<counter>${COUNTER} )?(?:${NUMBER})(?=$|[:,]| - | \d/\d)`,
);
const HAS_NUMBER = /[ -](?:\d{1,4}|[IVX]+|One|Two|Three|Four|Five|Six|Seven|Deux)(?=$|[:, ])/;
const SUBTITLE = /: | - /g;
const WORDS: readonly string[] = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
const ROMANS: readonly string[] = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII', 'XIII'];

/**
 * Returns the series of which a title may be a part, by all its names: with a number ("Rocky II"), with a subtitle
 * ("Alien: Resurrection"), and as the first one, which has the name alone. A catalogue decides which of them are
 * series.
 */
export function seriesPartsOf(title: string): readonly SeriesPart[] {
  return namesOf(title).flatMap((name) => [
    { stem: titleKey(name), kind: 'name' },
    ...numberedPart(name),
    ...subtitledParts(name),
  ]);
}

function numberedPart(name: string): readonly SeriesPart[] {
  if (!HAS_NUMBER.test(name)) return [];
  const groups = NUMBERED.exec(name)?.groups;
  if (groups === undefined) return [];
  const { stem = '', counter, digits, roman, word } = groups;
  // A number in words counts what it stands with, as in "Ocean's Eleven", unless it is called a part.
  if (word !== undefined && counter === undefined) return [];
  const number =
    digits !== undefined
      ? Number(digits)
      : roman !== undefined
        ? ROMANS.indexOf(roman) + 1
        : word === 'Deux'
          ? 2
          : WORDS.indexOf((word ?? '').toLowerCase()) + 1;
  return number >= 1 ? [{ stem: titleKey(stem), kind: 'number', number }] : [];
}

function subtitledParts(name: string): readonly SeriesPart[] {
  const stems = Array.from(name.matchAll(SUBTITLE), ({ index }) => titleKey(name.slice(0, index)));
  return stems.filter((stem) => stem !== '').map((stem) => ({ stem, kind: 'subtitle' }));
}
