import type { FeedbackType } from '@matinee/recommender/ports';
import type { Generated } from 'kysely';

/** The tables after the latest migration. */
export interface StoreSchema {
  readonly events: EventsTable;
  readonly visitors: VisitorsTable;
  /** Items added while serving. The table keeps its first name, since renaming it would need a migration. */
  readonly arrivals: NewItemsTable;
  readonly item_changes: ItemChangesTable;
  readonly deleted_users: DeletedUsersTable;
  readonly households: HouseholdsTable;
  readonly profiles: ProfilesTable;
  readonly profile_sessions: ProfileSessionsTable;
  readonly probe: ProbeTable;
  readonly api_keys: ApiKeysTable;
}

interface ApiKeysTable {
  readonly sequence: Generated<number>;
  readonly key_id: string;
  readonly name: string;
  /** With commas. */
  readonly scopes: string;
  readonly hash: string;
  readonly created_at_ms: number;
  readonly revoked_at_ms: number | null;
}

export interface EventsTable {
  readonly sequence: Generated<number>;
  readonly event_id: string;
  readonly user_id: string;
  readonly item_id: string;
  readonly type: FeedbackType;
  readonly at_ms: number;
  readonly undoes: string | null;
  readonly request_id: string | null;
  readonly row_id: string | null;
  readonly position: number | null;
  readonly propensity: number | null;
  /** Where the client says when it happened. */
  readonly received_ms: number | null;
  readonly rating: number | null;
  readonly share: number | null;
  /** Sequence of the undo that removed the event. */
  readonly undone_by: number | null;
}

interface VisitorsTable {
  readonly user_index: Generated<number>;
  readonly user_id: string;
  readonly created_at_ms: number;
  readonly secret_hash: string | null;
}

interface NewItemsTable {
  readonly sequence: Generated<number>;
  readonly item_id: string;
  /** JSON, like `fact`. */
  readonly item: string;
  readonly fact: string;
  readonly arrived_at_ms: number;
}

export interface ItemChangesTable {
  readonly item_id: string;
  /** JSON. */
  readonly change: string;
  readonly changed_at_ms: number;
}

interface DeletedUsersTable {
  readonly user_hash: string;
  /** Of a merged user: the hash of the user who has the events now. */
  readonly into_hash: string | null;
  /** Of a merged visitor: the number, which is not given again. */
  readonly visitor_idx: number | null;
  readonly deleted_at_ms: number;
}

interface HouseholdsTable {
  readonly household_id: string;
  readonly created_at_ms: number;
}

export interface ProfilesTable {
  readonly profile_id: string;
  readonly household_id: string;
  readonly user_id: string;
  readonly name: string;
  readonly created_at_ms: number;
  /** 0 or 1. */
  readonly is_kids: number;
  readonly maturity_cap: number | null;
  /** A JSON list of item ids, like `hidden`. */
  readonly allow_list: string | null;
  readonly hidden: string;
  readonly region: string | null;
  readonly pin_hash: string | null;
  readonly pin_failures: number;
  readonly pin_locked_until_ms: number;
}

interface ProfileSessionsTable {
  readonly token_hash: string;
  readonly profile_id: string;
  readonly expires_at_ms: number;
  readonly failures: Generated<number>;
  readonly locked_until_ms: Generated<number>;
}

/** At most one row, written to find out whether the file can be written. */
interface ProbeTable {
  readonly id: 1;
  readonly at_ms: number;
}
