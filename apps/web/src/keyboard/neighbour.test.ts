import { describe, expect, it } from 'vitest';
import { type CardBox, neighbour } from './neighbour.ts';

const box = (list: number, left: number, top: number): CardBox => ({ list, left, top, width: 100, height: 200 });
const press = (key: string, options: { ctrlKey?: boolean; rtl?: boolean } = {}) => ({
  key,
  ctrlKey: false,
  rtl: false,
  ...options,
});

/** Two rows of three; the second is scrolled by one card. */
const rows = [box(0, 0, 0), box(0, 110, 0), box(0, 220, 0), box(1, -110, 300), box(1, 0, 300), box(1, 110, 300)];
/** A grid of two lines, and a row below it. */
const grid = [box(0, 0, 0), box(0, 110, 0), box(0, 0, 220), box(0, 110, 220), box(1, 0, 500)];

describe('neighbour', () => {
  it('moves along a row and stops at its ends', () => {
    expect(neighbour(rows, 0, press('ArrowRight'))).toBe(1);
    expect(neighbour(rows, 0, press('ArrowLeft'))).toBeUndefined();
    expect(neighbour(rows, 2, press('ArrowRight'))).toBeUndefined();
    expect(neighbour(rows, 3, press('ArrowLeft'))).toBeUndefined();
  });

  it('swaps left and right where the text runs from the right', () => {
    expect(neighbour(rows, 1, press('ArrowLeft', { rtl: true }))).toBe(2);
    expect(neighbour(rows, 1, press('ArrowRight', { rtl: true }))).toBe(0);
  });

  it('keeps the column on the screen, not the number, between rows', () => {
    expect(neighbour(rows, 0, press('ArrowDown'))).toBe(4);
    expect(neighbour(rows, 4, press('ArrowUp'))).toBe(0);
    expect(neighbour(rows, 2, press('ArrowDown'))).toBe(5);
  });

  it('goes to the ends of the row, and with Ctrl to the first and the last row', () => {
    expect(neighbour(rows, 4, press('Home'))).toBe(3);
    expect(neighbour(rows, 4, press('End'))).toBe(5);
    expect(neighbour(rows, 4, press('Home', { ctrlKey: true }))).toBe(0);
    expect(neighbour(rows, 1, press('End', { ctrlKey: true }))).toBe(5);
  });

  it('goes line by line through a grid, then on to the next list', () => {
    expect(neighbour(grid, 1, press('ArrowDown'))).toBe(3);
    expect(neighbour(grid, 3, press('ArrowUp'))).toBe(1);
    expect(neighbour(grid, 3, press('ArrowDown'))).toBe(4);
    expect(neighbour(grid, 4, press('ArrowUp'))).toBe(2);
  });

  it('leaves other keys and missing cards alone', () => {
    expect(neighbour(rows, 0, press('PageDown'))).toBeUndefined();
    expect(neighbour(rows, 99, press('ArrowDown'))).toBeUndefined();
    expect(neighbour([], 0, press('End'))).toBeUndefined();
  });
});
