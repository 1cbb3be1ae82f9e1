import type { FeedbackType } from '@matinee/recommender';
import type { Generated } from 'kysely';

/** The tables as the latest migration leaves them. */
export interface StoreSchema {
  readonly events: EventsTable;
  readonly visitors: VisitorsTable;
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
}

interface VisitorsTable {
  readonly user_index: Generated<number>;
  readonly user_id: string;
  readonly created_at_ms: number;
}
