import { createSession, SERVING_SESSION, type Session } from '@matinee/numerics/engine';
import { NO_OMISSIONS, type Omissions } from './omission-contributors.ts';
import type { TimedHistory } from './sequence-data.ts';
import { ITEM_TABLE, RESUMED_ITEMS, type SequenceNetwork } from './sequence-network.ts';

/** A history without one of its newest items, as what is left to run from a state of the whole history. */
export interface ShortenedHistory {
  /** Number of the item that is left out. */
  readonly item: number;
  /** The item before it, whose wait changes, and those after it. Empty: nothing is left of the history. */
  readonly rest: TimedHistory;
  /** Steps of the whole history before `rest`: the state after them goes on. 0: a history that begins. */
  readonly stepsBefore: number;
}

/**
 * Returns the history without each of its newest items, newest first, at most `count`. An item that occurs more than
 * once is passed over: without it, earlier steps change as well.
 */
export function shortenHistory(history: TimedHistory, count: number): readonly ShortenedHistory[] {
  const { items, timestamps, confidences, asOf } = history;
  const shortened: ShortenedHistory[] = [];
  for (let position = items.length - 1; position >= 0 && position >= items.length - count; position--) {
    const item = items[position];
    if (items.indexOf(item) !== position || items.lastIndexOf(item) !== position) continue;
    const first = Math.max(0, position - 1);
    const isLeft = (_: number, at: number): boolean => at >= first && at !== position;
    shortened.push({
      item,
      rest: {
        items: items.filter(isLeft),
        timestamps: timestamps.filter(isLeft),
        confidences: confidences.filter(isLeft),
        asOf,
      },
      stepsBefore: first,
    });
  }
  return shortened;
}

/** What one run over a history gives. */
export interface EncodedHistory {
  readonly history: TimedHistory;
  /** [1, width]. */
  readonly userVectors: Float32Array;
  /** See `SequenceEncoderGraph`. */
  readonly earlierStates?: Float32Array;
}

/** A network that goes on from its own states. */
interface ResumedNetwork {
  readonly build: NonNullable<SequenceNetwork['buildResumed']>;
  readonly layOut: SequenceNetwork['layOut'];
  /** The item table, [known items, width]. */
  readonly table: Float32Array;
  /** All other parameters by name. */
  readonly embedded: ReadonlyMap<string, Float32Array>;
  readonly encode: (history: TimedHistory) => Promise<EncodedHistory>;
}

const SHAPE = { batchSize: RESUMED_ITEMS, length: RESUMED_ITEMS };

/** Omits items by going on from the states of the encoding, which is a few steps instead of all. */
export function resumeOmissions({
  build,
  layOut,
  table,
  embedded,
  encode,
}: ResumedNetwork): (history: TimedHistory) => Promise<Omissions> {
  let session: Promise<Session> | undefined;
  return async (history) => {
    if (history.items.length === 0) return NO_OMISSIONS;
    const { userVectors, earlierStates } = await encode(history);
    if (earlierStates === undefined) return NO_OMISSIONS;
    const shortened = shortenHistory(history, RESUMED_ITEMS);
    const left = shortened.filter(({ rest }) => rest.items.length > 0);
    const tried = shortened.map(({ item }) => item);
    // Row 0 is the whole history's. Only a history of one item leaves nothing.
    const rows = shortened.map((_, at) => (left.length === 0 ? -1 : 1 + at));
    if (left.length === 0) return { tried, rows, vectors: userVectors };
    const places = layOut(
      left.map(({ rest }) => rest),
      SHAPE,
    );
    const initialState = statesBefore(left, history, earlierStates);
    session ??= compile(build, embedded);
    const outputs = await (await session).run({ [ITEM_TABLE]: table, ...places, initialState });
    const width = userVectors.length;
    const vectors = new Float32Array(width * (1 + left.length));
    vectors.set(userVectors);
    vectors.set((outputs['userVectors'] as Float32Array).subarray(0, width * left.length), width);
    return { tried, rows, vectors };
  };
}

/** The state that each shortened history goes on from, [RESUMED_ITEMS, state width]; 0 where one begins. */
function statesBefore(
  shortened: readonly ShortenedHistory[],
  { items }: TimedHistory,
  earlierStates: Float32Array,
): Float32Array {
  const width = earlierStates.length / RESUMED_ITEMS;
  const states = new Float32Array(earlierStates.length);
  for (const [member, { stepsBefore }] of shortened.entries()) {
    if (stepsBefore === 0) continue;
    const row = items.length - stepsBefore - 2;
    states.set(earlierStates.subarray(row * width, (row + 1) * width), member * width);
  }
  return states;
}

function compile(build: ResumedNetwork['build'], embedded: ReadonlyMap<string, Float32Array>): Promise<Session> {
  const { graph, userVectors } = build();
  return createSession(graph, { userVectors }, SERVING_SESSION, embedded);
}
