import type { ItemIndex, UserIndex } from '@matinee/models/data';
import { createRandom } from '@matinee/numerics';
import type { Engine } from '../engine/engine.ts';
import { EMPTY_FEEDBACK } from '../log/feedback-state.ts';
import type { ListItems } from '../request/list-items.ts';
import type { LiveEngine } from './live-engine.ts';

/** How much a later release changes for members of the dataset, whom nobody can add to through the log. */
export interface MemberComparison {
  readonly members: number;
  /** Mean share of the first 50 titles that are the same. */
  readonly overlap: number;
  /** Largest share of members for whom one title newly enters the first 50 that members have not engaged with much. */
  readonly widestEntry: number;
}

/** How far one refresh may go. */
const MEMBER_BOUNDS = {
  /** Lowest mean overlap of the lists. */
  overlap: 0.5,
  /** Highest share of members whose list one title may newly enter. */
  widestEntry: 0.2,
} as const;

const DEPTH = 50;
const SAMPLE_SIZE = 100;
const SAMPLE_SEED = 1;
const MIN_HISTORY = 5;

/** Returns the same members of a dataset every time: a fixed sample of those with a history to learn from. */
function chooseSample({ histories, userCount }: Pick<Engine, 'histories' | 'userCount'>): UserIndex[] {
  const members = Array.from({ length: userCount }, (_, user) => user).filter(
    (user) => histories.of(user).itemIndices.length >= MIN_HISTORY,
  );
  const random = createRandom(SAMPLE_SEED);
  for (let at = members.length - 1; at > 0; at--) {
    const other = random.integer(at + 1);
    [members[at], members[other]] = [members[other]!, members[at]!];
  }
  return members.slice(0, SAMPLE_SIZE);
}

interface MemberContext {
  readonly listItems: ListItems;
  /** Seconds since 1970. */
  readonly asOf: number;
  /** Whether members brought the title there themselves: such a title may enter as many lists as it does. */
  readonly isTrusted: (itemIndex: ItemIndex) => boolean;
  checkpoint(done: number, total: number): Promise<void>;
}

/** Compares the lists of a fixed sample of the dataset's members from two releases. @remarks Two lists a member. */
export async function compareOnMembers(
  { engine: earlier }: LiveEngine,
  { engine: later }: LiveEngine,
  { listItems, asOf, isTrusted, checkpoint }: MemberContext,
): Promise<MemberComparison> {
  const members = chooseSample(earlier);
  const entries = new Map<number, number>();
  let overlap = 0;
  for (const [at, userIndex] of members.entries()) {
    const input = { userIndex, feedback: EMPTY_FEEDBACK, asOf };
    const before = await listItems(earlier, input, DEPTH);
    const after = await listItems(later, input, DEPTH);
    const known = new Set(before);
    for (const item of after) if (!known.has(item) && !isTrusted(item)) entries.set(item, (entries.get(item) ?? 0) + 1);
    overlap += before.length === 0 ? 1 : after.filter((item) => known.has(item)).length / before.length;
    await checkpoint(at + 1, members.length);
  }
  const meanOf = (sum: number): number => sum / Math.max(1, members.length);
  return {
    members: members.length,
    overlap: members.length === 0 ? 1 : meanOf(overlap),
    widestEntry: meanOf(Math.max(0, ...entries.values())),
  };
}

/** Returns what a later release does to members that is too much for one refresh; empty if it may take over. */
export function findHarm({ overlap, widestEntry }: MemberComparison): readonly string[] {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return [
    ...(overlap < MEMBER_BOUNDS.overlap
      ? [`keeps ${percent(overlap)} of members' lists, of ${percent(MEMBER_BOUNDS.overlap)} at least`]
      : []),
    ...(widestEntry > MEMBER_BOUNDS.widestEntry
      ? [`brings one title to ${percent(widestEntry)} of members, of ${percent(MEMBER_BOUNDS.widestEntry)} at most`]
      : []),
  ];
}
