import type { ItemIndex, UserIdx, UserIndex, Vocabulary } from '@matinee/models/data';
import type { Pause } from '@matinee/numerics';
import {
  applyRules,
  EMPTY_FEEDBACK,
  type Engine,
  type FeedbackState,
  hydrate,
  maySee,
  type Profile,
  type RecommendInput,
  type ShownItem,
  type Verdicts,
  viewerRulesOf,
} from '@matinee/recommender';
import { createRequestRulesCompiler, type RequestParameters } from '../http/requested-rules.ts';
import { NO_CREDENTIALS } from '../identity/credentials.ts';
import { type Access, type AccessDependencies, createAccess, type Person } from './access.ts';
import { type FieldNames, type ItemReference, itemIndexOf, itemNotFound, type UserReference } from './references.ts';
import type { UserLogs } from './user-log.ts';

/** The user of a request, with their feedback and the rules that apply to them. */
export interface Viewer {
  /** Absent for a request without a user. */
  readonly person?: Person;
  readonly feedback: FeedbackState;
  readonly input: RecommendInput;
}

/** A viewer who is a known person. */
export interface KnownViewer extends Viewer {
  readonly person: Person;
  readonly profile?: Profile;
}

/** Opens users and reads their feedback from the log, so that all processes that share a log see the same. */
export interface Viewers {
  readonly access: Access;
  /**
   * Opens a user, and reads their feedback and rules. The rules of their profile always apply; no request can leave
   * them out.
   *
   * @throws {MatineeError} like {@link Access.open}; `BAD_EXPRESSION`.
   */
  stateOf(userIdx: UserIdx, parameters?: RequestParameters): Promise<KnownViewer>;
  /**
   * Returns the viewer with that number, or an anonymous one without a number, to whom the rules of the profile apply
   * whose session the request brings. If the log fails, the viewer has no feedback and `input.failures` names the log.
   *
   * @throws {MatineeError} like {@link stateOf}.
   */
  viewerOf(userIdx: UserIdx | undefined, parameters: RequestParameters): Promise<Viewer>;
  /**
   * As {@link viewerOf}, for the user that the request names by number or id; anonymous for an id that is not known
   * yet.
   *
   * @throws {MatineeError} also like {@link Access.resolve}.
   */
  viewerNamed(reference: UserReference, parameters: RequestParameters): Promise<Viewer>;
  /**
   * Returns a viewer of whom nothing is known but that they like these items.
   *
   * @throws {MatineeError} `ITEM_NOT_FOUND` for an item that is not there or not to be seen.
   */
  viewerWhoLikes(items: readonly ItemReference[], parameters: RequestParameters): Promise<Viewer>;
  /**
   * Returns the user whose events a request brings, and stores one for an id that nobody has yet where `makesUser` says
   * that something of the request will be stored; undefined where it says no.
   *
   * @param makesUser Gets what somebody of whom nothing is known may see; may throw.
   * @throws {MatineeError} like {@link Access.resolveNamed}.
   */
  userOfEvents(
    reference: UserReference,
    parameters: RequestParameters,
    names: FieldNames,
    makesUser: (isVisible: (itemIdx: ItemIndex) => boolean) => boolean,
  ): Promise<UserIdx | undefined>;
  /** Returns what the rules of a profile, or of nobody, say of what may be seen; nothing is known of the user. */
  whoMaySee(profile: Profile | undefined, parameters: RequestParameters): Promise<RecommendInput>;
  /**
   * Returns a text that changes with everything stored about a user that an answer depends on: their events, what they
   * were shown and the rules of their profile. Costs two indexed reads. Undefined if the log fails or is slow.
   *
   * @throws {MatineeError} like {@link stateOf}.
   */
  stateVersionOf(userIdx: UserIdx | undefined, parameters: RequestParameters): Promise<string | undefined>;
}

export interface ViewersDependencies extends AccessDependencies {
  readonly engine: Engine;
  readonly userLogs: UserLogs;
  /** Called while a filter is applied to the catalogue, so that other requests are answered meanwhile. */
  readonly pause: Pause;
}

const NO_PARAMETERS: RequestParameters = { credentials: NO_CREDENTIALS };
const MS_PER_DAY = 86_400_000;

/**
 * Skip fatigue: an item that was on screen on this many of the last 14 days and never opened is left out until fewer of
 * these days are within the window.
 */
const FATIGUE_MIN_DAYS = 3;

export function createViewers(dependencies: ViewersDependencies): Viewers {
  const { engine, userLogs, clock, pause } = dependencies;
  const compileRules = createRequestRulesCompiler(engine, pause);
  const access = createAccess(dependencies);
  const { vocabulary } = engine.catalogue;

  async function stateOf(
    userIdx: UserIdx,
    parameters: RequestParameters = NO_PARAMETERS,
    read = userLogs.read,
  ): Promise<KnownViewer> {
    const nowMs = clock();
    // Read before the log: the rules of the profile also apply when the log fails.
    const { person, profile } = await access.open(userIdx, parameters.credentials);
    const { feedback, shown, failures } = await read(person.userId, nowMs, vocabulary.indexOf);
    const input: RecommendInput = {
      ...(await inputOf(person.userIndex, feedback, parameters, profile)),
      fatigued: shown.filter(({ days }) => days >= FATIGUE_MIN_DAYS).map(({ itemId }) => vocabulary.indexOf(itemId)),
      shownDays: countEarlierDays(shown, vocabulary, nowMs - (nowMs % MS_PER_DAY)),
      failures,
    };
    return { person, feedback, input, ...(profile && { profile }) };
  }

  async function inputOf(
    userIndex: UserIndex,
    feedback: FeedbackState,
    parameters: RequestParameters,
    profile: Profile | undefined,
  ): Promise<RecommendInput> {
    return {
      userIndex,
      feedback,
      asOf: Math.floor(clock() / 1000),
      rules: await compileRules(parameters),
      viewer: viewerRulesOf(profile, vocabulary, parameters.region),
    };
  }

  async function viewerOf(userIdx: UserIdx | undefined, parameters: RequestParameters): Promise<Viewer> {
    if (userIdx !== undefined) return stateOf(userIdx, parameters, userLogs.readIfPossible);
    const profile = await access.profileWithoutUser(parameters.credentials);
    return { feedback: EMPTY_FEEDBACK, input: await inputOf(-1, EMPTY_FEEDBACK, parameters, profile) };
  }

  const whoMaySee = (profile: Profile | undefined, parameters: RequestParameters): Promise<RecommendInput> =>
    inputOf(-1, EMPTY_FEEDBACK, parameters, profile);

  return {
    access,
    stateOf: (userIdx, parameters) => stateOf(userIdx, parameters),
    viewerOf,
    async viewerWhoLikes(references, parameters) {
      const viewer = await viewerOf(undefined, parameters);
      const liked = { taste: 'like', watched: false, skipped: false, clicked: false, atMs: clock() } as const;
      const items = references.map((item) => requireVisible(engine, viewer, item));
      const feedback = { byItem: new Map(items.map((item) => [item, liked])) };
      return { feedback, input: { ...viewer.input, feedback } };
    },
    whoMaySee,
    async userOfEvents(reference, parameters, names, makesUser) {
      const known = await access.resolveNamed(reference, parameters.credentials, names);
      if (known !== undefined) return known;
      const input = await whoMaySee(undefined, parameters);
      if (!makesUser(visibleTo(engine, { input }))) return undefined;
      return access.resolveOrCreate(reference, parameters.credentials, names);
    },
    async viewerNamed(reference, parameters) {
      return viewerOf(await access.resolve(reference, parameters.credentials), parameters);
    },
    async stateVersionOf(userIdx, { credentials }) {
      if (userIdx === undefined) return JSON.stringify((await access.profileWithoutUser(credentials)) ?? null);
      const { person, profile } = await access.open(userIdx, credentials);
      try {
        return `${await userLogs.lastSequenceOf(person.userId)} ${JSON.stringify(profile)}`;
      } catch {
        return undefined;
      }
    },
  };
}

/** Counts the days before today on which each item was shown, so that a page does not change while someone reads it. */
function countEarlierDays(
  shown: readonly ShownItem[],
  vocabulary: Vocabulary,
  todayMs: number,
): ReadonlyMap<number, number> {
  return new Map(
    shown.map(({ itemId, days, lastAtMs }) => [vocabulary.indexOf(itemId), lastAtMs < todayMs ? days : days - 1]),
  );
}

/** Returns which items the viewer may find by search or in their history. */
export function lookUpVerdicts(engine: Engine, { input }: Viewer): Verdicts {
  return applyRules(engine, hydrate(engine, input), 'look-up');
}

/**
 * Requires that the viewer may see the item; a forbidden item is answered like a missing one. Filters of the request do
 * not count: they apply to the items in the answer, not to the item that the request is about.
 *
 * @returns Its index.
 * @throws {MatineeError} `ITEM_NOT_FOUND`
 */
export function requireVisible(engine: Engine, viewer: Viewer, item: ItemReference): ItemIndex {
  const itemIdx = itemIndexOf(engine, item);
  if (!visibleTo(engine, viewer)(itemIdx)) throw itemNotFound(engine, item);
  return itemIdx;
}

/** Returns the function that tells whether an item exists and the viewer may see it; without work for other items. */
export function visibleTo(engine: Engine, { input }: Pick<Viewer, 'input'>): (itemIdx: ItemIndex) => boolean {
  const { asOf, viewer = viewerRulesOf(undefined, engine.catalogue.vocabulary, undefined) } = input;
  return (itemIdx) => itemIdx >= 0 && itemIdx < engine.itemCount && maySee(engine.facts, viewer, asOf, itemIdx);
}

/** Returns the index of an item of the catalogue. @throws {MatineeError} `ITEM_NOT_FOUND` */
export function requireItem(engine: Engine, item: ItemReference): ItemIndex {
  const itemIdx = itemIndexOf(engine, item);
  if (itemIdx < 0 || itemIdx >= engine.itemCount) throw itemNotFound(engine, item);
  return itemIdx;
}
