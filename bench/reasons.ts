/**
 * Measures how true reasons are and what they cost. For the first titles of a list, the title that the reason names is
 * removed from the history and the whole request runs again; the result is how far the recommended title falls.
 *
 * Options: `--home FOLDER`, `--data NAME`: the release trained last there; `--users N` (60), `--titles N` (5) of each.
 *
 * It compares three choices of the named title: the first contributor of the network that contributed most (found by
 * running it again without each of the last items); the first contributor of the sum over the history that contributed
 * most (EASE or item-item, of the title's own sources, or EASE when none of them is one); and a random title of the
 * history. Users are drawn at random from a fixed seed.
 */
import { parseArgs } from 'node:util';
import type { NamedSource } from '@matinee/models/blend';
import type { History } from '@matinee/models/data';
import { createRandom } from '@matinee/numerics';
import { EMPTY_FEEDBACK, type Engine, inspectRequest, recommendList } from '@matinee/recommender';
import { openEngine, PATIENT } from './load/open-engine.ts';

export const description =
  'reasons: how often a title falls without what its reason names, and milliseconds [--home H]';

const SEED = 11;
const NETWORKS = ['gru4rec', 'sasrec', 'time-transformer'];
const SUMS = ['ease', 'item-knn'];
const LIST_LENGTH = 20;
const WARM_UP = 20;

interface Tally {
  count: number;
  fallen: number;
  lower: number;
  places: number;
}

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string', default: 'movielens-small' },
      home: { type: 'string', default: '.matinee' },
      users: { type: 'string', default: '60' },
      titles: { type: 'string', default: '5' },
    },
  });
  const engine = await openEngine(values);
  console.log(`seed ${SEED}`);
  await timeLists(engine, Number(values.users));
  const tallies = await takeOut(engine, Number(values.users), Number(values.titles));
  for (const [name, { count, fallen, lower, places }] of tallies) {
    console.log(
      `${name.padEnd(22)} ${count} reasons: score falls ${share(fallen, count)}, place falls ${share(lower, count)}, by ${(places / count).toFixed(1)} on average`,
    );
  }
}

function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(0)} %`;
}

const inputOf = (userIndex: number) => ({
  userIndex,
  feedback: EMPTY_FEEDBACK,
  asOf: Math.floor(Date.now() / 1000),
});

/** Milliseconds to find the reasons of a list, as a request does. */
async function timeLists(engine: Engine, users: number): Promise<void> {
  const random = createRandom(SEED);
  const times: number[] = [];
  for (let user = 0; user < users + WARM_UP; user++) {
    const { trace } = await recommendList(engine, inputOf(random.integer(engine.userCount)), LIST_LENGTH, PATIENT);
    if (user >= WARM_UP) times.push(trace.stagesMs['explain'] ?? 0);
  }
  times.sort((a, b) => a - b);
  const at = (part: number): string => (times[Math.floor(part * (times.length - 1))] as number).toFixed(2);
  console.log(`reasons of a list of ${LIST_LENGTH}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
}

async function takeOut(engine: Engine, users: number, titles: number): Promise<ReadonlyMap<string, Tally>> {
  const random = createRandom(SEED);
  const tallies = new Map<string, Tally>();
  for (let user = 0; user < users; user++) {
    const input = inputOf(random.integer(engine.userCount));
    const history = engine.histories.of(input.userIndex);
    const before = await inspectRequest(engine, input, PATIENT);
    for (const candidate of before.ranked.slice(0, titles)) {
      const sources = candidate.sources.map(({ source }) => source);
      const named = new Map<string, number | undefined>([
        [
          'a network',
          await firstContributor(sources.find(isOneOf(NETWORKS)), before.query.retrieval, candidate.itemIndex),
        ],
        [
          'a sum over the history',
          await firstContributor(sumOf(engine, sources), before.query.retrieval, candidate.itemIndex),
        ],
        ['any of the history', history.itemIndices[random.integer(history.itemIndices.length)]],
      ]);
      for (const [name, itemIndex] of named) {
        if (itemIndex === undefined) continue;
        const without = { ...engine.histories, of: () => withoutItem(history, itemIndex) };
        const after = await inspectRequest({ ...engine, histories: without }, input, PATIENT);
        count(
          tallies,
          name,
          candidate,
          before.ranked,
          after.ranked.filter((each) => each.itemIndex !== itemIndex),
        );
      }
    }
  }
  return tallies;
}

const isOneOf = (kinds: readonly string[]) => (source: NamedSource) => kinds.includes(source.model.kind);

function sumOf(engine: Engine, sources: readonly NamedSource[]): NamedSource | undefined {
  return sources.find(isOneOf(SUMS)) ?? engine.release.sources.find(isOneOf(['ease']));
}

async function firstContributor(
  source: NamedSource | undefined,
  query: Parameters<NamedSource['model']['contributors']>[0],
  itemIndex: number,
): Promise<number | undefined> {
  return (await source?.model.contributors(query, itemIndex, 1))?.[0]?.itemIndex;
}

interface Ranked {
  readonly itemIndex: number;
  readonly score: number;
}

function count(
  tallies: Map<string, Tally>,
  name: string,
  { itemIndex, score }: Ranked,
  before: readonly Ranked[],
  after: readonly Ranked[],
): void {
  const placeIn = (list: readonly Ranked[]): number => {
    const place = list.findIndex((each) => each.itemIndex === itemIndex);
    return place < 0 ? list.length : place;
  };
  const fell = placeIn(after) - placeIn(before);
  const tally = tallies.get(name) ?? { count: 0, fallen: 0, lower: 0, places: 0 };
  const later = after.find((each) => each.itemIndex === itemIndex);
  tally.count++;
  if (later === undefined || later.score < score) tally.fallen++;
  if (fell > 0) tally.lower++;
  tally.places += fell;
  tallies.set(name, tally);
}

function withoutItem({ itemIndices, timestamps, weights, ratings }: History, item: number): History {
  const isKept = (_: number, position: number): boolean => itemIndices[position] !== item;
  return {
    itemIndices: itemIndices.filter(isKept),
    timestamps: timestamps.filter(isKept),
    weights: weights.filter(isKept),
    ...(ratings && { ratings: ratings.filter(isKept) }),
  };
}
