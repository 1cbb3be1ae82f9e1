import type { UserIdx } from '@matinee/models/data';

/** Somebody who is not in the data set: made by the page's "new visitor". */
export interface Visitor {
  /** From {@link FIRST_VISITOR_IDX} up, never reused. */
  readonly userIdx: UserIdx;
  /** `visitor-` and a random part. */
  readonly userId: string;
  readonly createdAtMs: number;
}

/** Visitors are numbered from here, far above any data set's users, so that preparing data anew never moves them. */
export const FIRST_VISITOR_IDX = 2 ** 30;

/** Every implementation runs `testing/visitor-store.contract.ts`. */
export interface VisitorStore {
  /** Stores a new visitor, durably, under the next free index. */
  create(userId: string, createdAtMs: number): Promise<Visitor>;
  find(userIdx: UserIdx): Promise<Visitor | undefined>;
  findById(userId: string): Promise<Visitor | undefined>;
  /** Newest first, at most `limit`. */
  list(limit: number): Promise<readonly Visitor[]>;
  close(): Promise<void>;
}
