import { describe, expect, it } from 'vitest';
import { parseTitleWithYear } from './title-with-year.ts';

describe('parseTitleWithYear', () => {
  it.each([
    ['Matrix, The (1999)', 'The Matrix', 1999],
    ['Toy Story (1995)', 'Toy Story', 1995],
    [
      'City of Lost Children, The (Cité des enfants perdus, La) (1995)',
      'The City of Lost Children (La Cité des enfants perdus)',
      1995,
    ],
    ['Cry, the Beloved Country', 'Cry, the Beloved Country', 0],
    ['Dîner de cons, Le', 'Le Dîner de cons', 0],
    ["Auberge espagnole, L' (2002)", "L'Auberge espagnole", 2002],
    ['2001: A Space Odyssey (1968)', '2001: A Space Odyssey', 1968],
    ['Babylon 5 (1993-1998)', 'Babylon 5', 1993],
    ['(500) Days of Summer (2009)', '(500) Days of Summer', 2009],
    ['(1999)', '(1999)', 1999],
    ['  Two\n lines,  The (1999) ', 'The Two lines', 1999],
  ])('reads %j', (text, title, year) => {
    expect(parseTitleWithYear(text)).toEqual({ title, year });
  });
});
