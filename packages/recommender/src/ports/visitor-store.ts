import type { UserIdx } from '@matinee/models/data';

/** A user who is not in the dataset. */
export interface Visitor {
  /** From {@link FIRST_VISITOR_IDX} up, never reused. */
  readonly userIdx: UserIdx;
  /** `visitor-` and a random part. */
  readonly userId: string;
  readonly createdAtMs: number;
}

/** The first visitor's number, far above any dataset's users, so that preparing data again never moves visitors. */
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
