import { describe, expectTypeOf, it } from 'vitest';
import type { ItemIndex, UserIdx, UserIndex } from './indices.ts';

declare const item: ItemIndex;
declare const row: UserIndex;
declare const user: UserIdx;

describe('indices', () => {
  it('take a plain number, as typed arrays give it', () => {
    expectTypeOf<number>().toExtend<ItemIndex>();
    expectTypeOf<number>().toExtend<UserIndex>();
    expectTypeOf<number>().toExtend<UserIdx>();
  });

  it('cannot be exchanged: each of these lines fails to compile', () => {
    const compileOnly = (): void => {
      // @ts-expect-error: the public number of a user is not a row of the dataset
      row satisfies UserIdx;
      // @ts-expect-error: a row of the dataset is not a public number
      user satisfies UserIndex;
      // @ts-expect-error: an item is not a user
      item satisfies UserIndex;
      // @ts-expect-error: an item is not a user of the API
      item satisfies UserIdx;
      // @ts-expect-error: a user is not an item
      row satisfies ItemIndex;
    };
    expectTypeOf(compileOnly).toBeFunction();
  });
});
