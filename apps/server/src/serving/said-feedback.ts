import type { SentEventName } from '@matinee/contract';
import { feedbackOfRating, feedbackOfShare } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import type { FeedbackEvent } from '@matinee/recommender';

/** What a client says of a title. */
interface Said {
  readonly type: SentEventName;
  readonly rating?: number | undefined;
  readonly share?: number | undefined;
}

/**
 * Returns what is stored of it: a rating and a share that was watched come with the type that follows from them.
 *
 * @param field The client's name of the type, for messages.
 * @throws {MatineeError} `BAD_REQUEST` where a rating or share stands beside another type, or a rating is missing.
 */
export function readSaid(
  { type, rating, share }: Said,
  field = 'event',
): Pick<FeedbackEvent, 'type' | 'rating' | 'share'> {
  if (rating !== undefined && type !== 'rate') throw misplaced('rating', field, 'rate');
  if (share !== undefined && type !== 'watched') throw misplaced('share', field, 'watched');
  if (type === 'rate') {
    if (rating === undefined) throw new MatineeError('BAD_REQUEST', `body: "rating" is missing; "${field}" is rate`);
    return { type: feedbackOfRating(rating), rating };
  }
  return share === undefined ? { type } : { type: feedbackOfShare(share), share };
}

function misplaced(value: string, field: string, type: SentEventName): MatineeError {
  return new MatineeError('BAD_REQUEST', `body: "${value}" goes with "${field}": "${type}" only`);
}
