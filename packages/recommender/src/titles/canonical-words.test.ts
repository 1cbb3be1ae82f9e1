import { describe, expect, it } from 'vitest';
import { canonicalWords } from './canonical-words.ts';
import { normalizeText } from './normalize-text.ts';
import { readNumberPhrase, readRoman } from './numerals.ts';
import { titleKey } from './title-key.ts';
import { namesOf } from './title-names.ts';

const words = (text: string): string =>
  canonicalWords(normalizeText(text))
    .map(({ word }) => word)
    .join(' ');

describe('normalizeText', () => {
  it.each([
    ['Amélie & Co.', 'amelie and co'],
    ['L.A. Confidential', 'la confidential'],
    ['E. T. the Extra-Terrestrial', 'et the extra terrestrial'],
    ['M*A*S*H', 'mash'],
    ['J. Edgar', 'j edgar'],
    ['8½', '8 1 2'],
    ['Alien³', 'alien 3'],
    ['20,000 Leagues', '20000 leagues'],
    ['Romeo + Juliet', 'romeo and juliet'],
    ["Schindler's List", 'schindlers list'],
  ])('%s → %s', (text, normalized) => expect(normalizeText(text)).toBe(normalized));
});

describe('canonicalWords', () => {
  it.each([
    ['Rocky II', 'rocky 2'],
    ['Seven Samurai', '7 samurai'],
    ['One Hundred and One Dalmatians', '101 dalmatians'],
    ['Twenty Thousand Leagues', '20000 leagues'],
    ['Forty-Two', '42'],
    ['Friday the Thirteenth', 'friday the 13th'],
    ['Dr. Strangelove', 'doctor strangelove'],
    ['Batman v Superman', 'batman versus superman'],
    ['Henry V', 'henry 5'],
    ['V for Vendetta', 'v for vendetta'],
    ['Star Wars: Episode V - The Empire', 'star wars episode 5 the empire'],
    ['Kill Bill: Vol. 2', 'kill bill volume 2'],
    ['Mission Mix', 'mission mix'],
  ])('%s → %s', (text, expected) => expect(words(text)).toBe(expected));

  it('marks what counts the parts of a series, and only before a number', () => {
    const counters = (text: string) => canonicalWords(text).filter(({ isCounter }) => isCounter).length;
    expect([counters('godfather part ii'), counters('part of the family')]).toEqual([1, 0]);
  });
});

describe('titleKey', () => {
  it.each([
    ['The Godfather: Part II', 'godfather 2'],
    ['Death Wish V: The Face of Death', 'death wish 5 the face of death'],
    ['A.I. Artificial Intelligence', 'ai artificial intelligence'],
    ['Matrix the', 'matrix'],
    ['The', 'the'],
  ])('%s → %s', (name, key) => expect(titleKey(name)).toBe(key));
});

describe('namesOf', () => {
  it('returns the main name and those in brackets, articles in front', () => {
    expect(namesOf('City of Lost Children, The (Cité des enfants perdus, La)')).toEqual([
      'The City of Lost Children',
      'La Cité des enfants perdus',
    ]);
    expect(namesOf('Seven (a.k.a. Se7en)')).toEqual(['Seven', 'Se7en']);
    expect(namesOf('(500) Days of Summer')).toEqual(['Days of Summer', '500']);
    expect(namesOf('(untitled)')).toEqual(['(untitled)']);
  });
});

describe('readRoman', () => {
  it('reads numerals up to 39 and no other word', () => {
    expect(['i', 'iv', 'ix', 'xiii', 'xxxix'].map(readRoman)).toEqual([1, 4, 9, 13, 39]);
    for (const word of ['', 'iiii', 'vx', 'mix', 'civil', 'xl']) expect(readRoman(word), word).toBeUndefined();
  });
});

describe('readNumberPhrase', () => {
  it('reads as many words as make up one number', () => {
    expect(readNumberPhrase(['two', 'towers'], 0)).toEqual({ digits: '2', length: 1 });
    expect(readNumberPhrase(['one', 'hundred', 'and', 'towers'], 0)).toEqual({ digits: '100', length: 2 });
    expect(readNumberPhrase(['towers'], 0)).toBeUndefined();
  });
});
