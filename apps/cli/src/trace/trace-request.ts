import type { Dataset } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import {
  createEngine,
  type Engine,
  type FeedbackEvent,
  foldFeedback,
  type InspectedItems,
  inspectRequest,
  type Move,
  PATIENT_CONTEXT,
  type RecommendedItem,
  type RecommendInput,
  recommendList,
  recommendPage,
  type Section,
} from '@matinee/recommender';

/** One answer with everything that led to it. */
export interface TracedResponse {
  /** The candidates in their order, with the values between the stages. */
  readonly found: InspectedItems;
  /** The answer as a list, {@link LIST_LENGTH} long. */
  readonly list: readonly RecommendedItem[];
  /** The answer as a page. */
  readonly sections: readonly Section[];
  /** Moves of titles within their rows. */
  readonly moves: readonly Move[];
}

/** One user's request, then the same request after they liked a title, and after they took that back. */
export interface RequestTrace {
  readonly engine: Engine;
  readonly datasetName: string;
  readonly userId: string;
  readonly first: TracedResponse;
  /** The first title of the first answer. */
  readonly likedItem: number;
  readonly afterLike: TracedResponse;
  readonly afterUndo: TracedResponse;
}

export const LIST_LENGTH = 10;

/**
 * Recommends for one user three times, at the time of the release's last training event. The requests differ only in a
 * like and its undo.
 *
 * @throws {MatineeError} `BAD_ARGUMENT` when the data set has no such user, or nothing is left to recommend to them.
 */
export async function traceRequest(dataset: Dataset, release: Release, userId: string): Promise<RequestTrace> {
  const userIndex = dataset.users.indexOf(userId);
  if (userIndex < 0) {
    const some = dataset.users.ids.slice(0, 3).join(', ');
    throw new MatineeError(
      'BAD_ARGUMENT',
      `--user: data set "${dataset.name}" has no user "${userId}"; it has ${dataset.users.ids.length}, such as ${some}`,
    );
  }
  const engine = createEngine(dataset, release);
  const asOf = release.trainedAsOf;
  const answer = (events: Parameters<typeof foldFeedback>[0]): Promise<TracedResponse> =>
    traceResponse(engine, { userIndex, asOf, feedback: foldFeedback(events, dataset.items.vocabulary.indexOf) });
  const first = await answer([]);
  const likedItem = first.list[0]?.candidate.itemIndex;
  if (likedItem === undefined) {
    throw new MatineeError('BAD_ARGUMENT', `--user: nothing is left to recommend to "${userId}"; choose another user`);
  }
  const itemId = dataset.items.vocabulary.ids[likedItem]!;
  const like: FeedbackEvent = { eventId: 'like', userId, itemId, type: 'like', atMs: asOf * 1000 };
  const undo: FeedbackEvent = { ...like, eventId: 'undo', type: 'undo', undoes: like.eventId };
  return {
    engine,
    datasetName: dataset.name,
    userId,
    first,
    likedItem,
    afterLike: await answer([like]),
    // As the log has them once the undo is the second event.
    afterUndo: await answer([{ ...like, undoneBy: 2 }, undo]),
  };
}

async function traceResponse(engine: Engine, input: RecommendInput): Promise<TracedResponse> {
  const { items: list } = await recommendList(engine, input, LIST_LENGTH, PATIENT_CONTEXT);
  const { sections, trace } = await recommendPage(engine, input, PATIENT_CONTEXT);
  const moves = trace.moves.filter(({ row }) => row !== undefined);
  return { found: await inspectRequest(engine, input, PATIENT_CONTEXT), list, sections, moves };
}
