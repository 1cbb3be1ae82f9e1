import { describe, expect, it } from 'vitest';
import { displayTitle, otherTitles } from './display-title.ts';

describe('displayTitle', () => {
  it('puts the article first', () => {
    expect(displayTitle('Usual Suspects, The')).toBe('The Usual Suspects');
    expect(displayTitle('Misérables, Les')).toBe('Les Misérables');
    expect(displayTitle("Avventura, L'")).toBe("L'Avventura");
  });

  it('leaves commas that are part of the name', () => {
    expect(displayTitle('Cry, the Beloved Country')).toBe('Cry, the Beloved Country');
    expect(displayTitle('I, Robot')).toBe('I, Robot');
  });

  it('drops other titles in brackets, and keeps brackets within the name', () => {
    expect(displayTitle('City of Lost Children, The (Cité des enfants perdus, La)')).toBe('The City of Lost Children');
    expect(displayTitle('(500) Days of Summer')).toBe('(500) Days of Summer');
  });

  it('gives a name to what has none, and changes nothing twice', () => {
    expect(displayTitle(null)).toBe('Untitled');
    expect(displayTitle('  ')).toBe('Untitled');
    expect(displayTitle(displayTitle('Matrix, The'))).toBe('The Matrix');
  });
});

describe('otherTitles', () => {
  it('reads each bracket, articles first', () => {
    expect(otherTitles('Seven Samurai (Shichinin no samurai)')).toEqual(['Shichinin no samurai']);
    expect(otherTitles('A (B, The) (a.k.a. C)')).toEqual(['The B', 'C']);
    expect(otherTitles('Heat')).toEqual([]);
    expect(otherTitles(null)).toEqual([]);
  });
});
