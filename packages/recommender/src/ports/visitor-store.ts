import type { UserIdx } from '@matinee/models/data';
import type { SweepRange, SweepStep } from './sweep.ts';

/** A user who is not in the dataset. */
export interface Visitor {
  /** From {@link FIRST_VISITOR_IDX} up, never reused. */
  readonly userIdx: UserIdx;
  /** `visitor-` and a random part. */
  readonly userId: string;
  readonly createdAtMs: number;
  /** A hash of the secret that opens this visitor; null for users of profiles, which a profile's session opens. */
  readonly secretHash: string | null;
}

/** The first visitor's number, far above any dataset's users, so that preparing data again never moves visitors. */
export const FIRST_VISITOR_IDX = 2 ** 30;

/** Which visitors a sweep removes, if they have no profile and never gave feedback. */
interface VisitorSweep extends SweepRange {
  /** Those stored earlier, milliseconds since 1970. */
  readonly createdBeforeMs: number;
  /** Of the others, all but those with the highest numbers, so many of them. */
  readonly keepNewest: number;
}

/** Every implementation runs `testing/visitor-store.contract.ts`. */
export interface VisitorStore {
  /** Stores a new visitor, durably, under the next free index. One secret may open several visitors. */
  create(userId: string, createdAtMs: number, secretHash?: string): Promise<Visitor>;
  find(userIdx: UserIdx): Promise<Visitor | undefined>;
  findById(userId: string): Promise<Visitor | undefined>;
  /** Newest first, at most `limit`. */
  list(limit: number): Promise<readonly Visitor[]>;
  /** The visitors that this secret opens, newest first, at most `limit`. */
  listOfSecret(secretHash: string, limit: number): Promise<readonly Visitor[]>;
  /** Removes a visitor; the number is not given again. Nothing happens if there is none. */
  remove(userIdx: UserIdx): Promise<void>;
  /** Removes idle visitors among the next rows. Rows are numbered like the visitors. */
  sweep(range: VisitorSweep): Promise<SweepStep>;
  close(): Promise<void>;
}
