import { defined, MatineeError } from '@matinee/numerics';

/** Where a row continues, and the seed of its random draws. Repeating the draws keeps items from appearing twice. */
interface RowCursor {
  readonly start: number;
  /** Absent if nothing was drawn. */
  readonly seed?: string;
}

export function writeRowCursor(start: number, seed: string | undefined): string {
  return seed === undefined ? String(start) : `${start}.${seed}`;
}

/** @throws {MatineeError} `BAD_CURSOR` */
export function readRowCursor(text: string): RowCursor {
  const [, start, seed] = /^(\d{1,4})(?:\.([\w-]{1,64}))?$/.exec(text) ?? [];
  if (start === undefined) throw new MatineeError('BAD_CURSOR', 'query: "cursor" must be one that a row came with');
  return { start: Number(start), ...defined({ seed }) };
}
