import { describe, expect, it } from 'vitest';
import { artOf } from './art-of.ts';

describe('artOf', () => {
  it('asks a generated poster for no lettering, also below a path, and leaves others alone', () => {
    expect(artOf('/matinee/api/v1/items/7/poster?v=abc')).toBe('/matinee/api/v1/items/7/poster?v=abc&text=0');
    expect(artOf('https://img.example/7.jpg?w=342')).toBe('https://img.example/7.jpg?w=342');
  });
});
