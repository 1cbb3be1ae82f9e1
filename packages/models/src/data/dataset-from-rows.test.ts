import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from './dataset.ts';
import { datasetFromRows } from './dataset-from-rows.ts';

describe('a dataset from rows', () => {
  const rows = [
    { user: 'bob', item: 'up', time: 30, value: 4 },
    { user: 'ann', item: 'alien', time: 10 },
    { user: 'bob', item: 'alien', time: 20, type: 'dislike' },
  ] as const;

  it('holds the events in order of time', () => {
    const { users, items, events } = datasetFromRows(rows);
    expect(users.ids).toEqual(['ann', 'bob']);
    expect(items.vocabulary.ids).toEqual(['alien', 'up']);
    expect(Array.from(events.timestamps)).toEqual([10, 20, 30]);
    expect(Array.from(events.userIndices)).toEqual([0, 1, 1]);
    expect(Array.from(events.itemIndices)).toEqual([0, 0, 1]);
    expect(Array.from(events.values)).toEqual([Number.NaN, Number.NaN, 4]);
  });

  it('takes an event with a value for a rating and one without for a watch', () => {
    const { events } = datasetFromRows(rows);
    expect(Array.from(events.types, (type) => EVENT_TYPES[type])).toEqual(['watch', 'dislike', 'rate']);
  });

  it('lists the catalogue first, with sorted genres, and then what only events mention', () => {
    const { items } = datasetFromRows(rows, {
      items: [{ id: 'up', title: 'Up', year: 2009, genres: ['Family', 'Adventure', 'Family'] }],
    });
    expect(items.vocabulary.ids).toEqual(['up', 'alien']);
    expect(items.titles).toEqual(['Up', undefined]);
    expect(Array.from(items.years)).toEqual([2009, 0]);
    expect(items.genreNames).toEqual(['Adventure', 'Family']);
    expect(items.genres.map((genres) => Array.from(genres))).toEqual([[0, 1], []]);
  });

  it('has another hash for other rows and the same for the same', () => {
    expect(datasetFromRows(rows).hash).toBe(datasetFromRows([...rows]).hash);
    expect(datasetFromRows(rows).hash).not.toBe(datasetFromRows(rows.slice(1)).hash);
  });

  it.each([
    [{ user: 'ann', item: 'up', time: Number.NaN }, 'rows[1].time is NaN'],
    [{ user: 'ann', item: 'up', time: 1, type: 'stare' as 'rate' }, 'rows[1].type is "stare"'],
  ])('refuses a row that cannot be an event: %o', (bad, message) => {
    expect(() => datasetFromRows([rows[0], bad])).toThrow(message);
  });

  it('refuses a catalogue in which an id stands twice', () => {
    expect(() => datasetFromRows(rows, { items: [{ id: 'up' }, { id: 'up' }] })).toThrow('id "up" stands twice');
  });
});
