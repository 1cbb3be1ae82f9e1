import type { Explanation, FeedbackEventName, Row, RowKind, StatusResponse } from '@matinee/contract';
import { displayTitle } from './display-title.ts';
import {
  formatCount,
  formatDate,
  formatDecimal,
  formatDifference,
  formatList,
  formatMetric,
  formatPercent,
  formatTime,
} from './format.ts';

type Comparison = NonNullable<StatusResponse['takeovers'][number]['comparison']>;
type Estimate = Comparison['difference'];
type Monitor = NonNullable<StatusResponse['online']['monitor']>;

const titles = (count: number) => (count === 1 ? '1 title' : `${formatCount(count)} titles`);
const people = (count: number) => (count === 1 ? '1 person' : `${formatCount(count)} people`);

/** All texts of the page in English. Another language is another object of this type. */
export const en = {
  appName: 'Matinee',
  pageTitle: (page: string) => `${page} · Matinee`,
  skipLink: 'Skip to content',
  mainNavigation: 'Main',
  home: 'Home',
  retry: 'Try again',
  undo: 'Undo',
  close: 'Close',
  labLink: 'Lab',
  inspect: 'Look inside this pick (I)',
  loading: 'Loading…',

  theme: { toDark: 'Switch to the dark theme', toLight: 'Switch to the light theme' },
  help: {
    open: 'Keyboard shortcuts',
    title: 'Keyboard shortcuts',
    singleKeys: 'Single-key shortcuts',
    singleKeysHint: 'When off, letters do nothing. Arrows, Tab, Enter and Ctrl+Z always work.',
    onCard: 'On a title',
    everywhere: 'Everywhere',
    entries: {
      move: 'Previous, next title',
      rows: 'Row above, row below',
      ends: 'First, last title of the row',
      firstLastRow: 'First, last row',
      open: 'Open',
      buttons: 'Into the title’s buttons; Esc goes back',
      like: 'Like',
      dislike: 'Not for me',
      watched: 'Watched',
      skip: 'Skip',
      inspect: 'Why is it here? Look inside',
      undo: 'Undo the last one',
      search: 'Search',
      goHome: 'Home',
      goSearch: 'Search results',
      goHistory: 'Your history',
      goProfiles: 'Who is watching',
      goLab: 'How it works: the Lab',
      help: 'This list',
    },
  },

  /** Which generation of models answers, and what is being trained. */
  generation: {
    /** `V2`. */
    name: (generation: string) => generation.toUpperCase(),
    open: 'Which models answer',
    answers: (generation: string) => `${generation.toUpperCase()} answers`,
    learning: (generation: string) => `learning ${generation.toUpperCase()}`,
    share: (share: number) => formatPercent(share),
    since: (iso: string) => `Since ${formatTime(Date.parse(iso))}.`,
    heldOut: ({ users, ndcg }: { users: number; ndcg: Estimate }) =>
      `NDCG@10 of ${formatMetric(ndcg.value)} (95 % interval ${formatMetric(ndcg.low)} to ${formatMetric(ndcg.high)}) on ${people(users)} that nothing of it was learned from.`,
    inTraining: (generation: string) => `${generation.toUpperCase()} is being learned`,
    step: (stage: string, share: number | undefined) =>
      share === undefined ? `Step: ${stage}` : `Step: ${stage}, ${formatPercent(share)} of it`,
    trainingHint: 'It takes over by itself if it is shown to be better on people that neither was trained on.',
    none: 'Nothing is being learned at the moment.',
    failed: (generation: string, message: string) =>
      `The training of ${generation.toUpperCase()} failed: ${message}. What answers now goes on.`,
    trained: 'Trained since the start',
    tookOver: (generation: string) => `${generation.toUpperCase()} took over`,
    notUsed: (generation: string) => `${generation.toUpperCase()} was trained and is not used`,
    notShown: 'Nothing shows that it is better.',
    /** What a take-over, or its absence, rests on. */
    comparison: ({ against, users, earlier, later, difference }: Comparison) =>
      `NDCG@10 ${formatMetric(earlier)} (${against.toUpperCase()}) → ${formatMetric(later)}: ${formatDifference(difference.value)}, 95 % interval ${formatDifference(difference.low)} to ${formatDifference(difference.high)}, on the same ${people(users)}.`,
    /** The interval of the difference includes zero or less. */
    notBetter: 'That is not enough to say that it is better.',
    monitor: ({ queries, of, quality }: Monitor) =>
      `What people did since the change (${formatCount(queries)} of ${formatCount(of)} choices compared): NDCG ${formatMetric(quality.earlier.ndcg)} before → ${formatMetric(quality.later.ndcg)} now.`,
    swapped: (generation: string, comparison: Comparison | undefined) =>
      comparison === undefined
        ? `${generation.toUpperCase()} answers now.`
        : `${generation.toUpperCase()} answers now: NDCG@10 ${formatMetric(comparison.earlier)} → ${formatMetric(comparison.later)}.`,
    rolledBack: (generation: string) => `${generation.toUpperCase()} answers again: what replaced it found less.`,
    notAdopted: (generation: string, comparison: Comparison | undefined) =>
      comparison === undefined
        ? `${generation.toUpperCase()} was trained and is not used.`
        : `${generation.toUpperCase()} was trained and is not used: NDCG@10 ${formatDifference(comparison.difference.value)}, not shown to be better.`,
  },

  /** What a choice or another generation changed on the page. */
  changes: {
    see: 'See what changed',
    newPicks: (count: number) => (count === 1 ? '1 new pick' : `${formatCount(count)} new picks`),
    /** With the titles that were chosen, the latest last. */
    newPicksAfter: (count: number, chosen: readonly string[]) =>
      `${en.changes.newPicks(count)} after ${chosen.length === 1 ? chosen[0] : `${formatCount(chosen.length)} choices`}`,
    newPicksBy: (count: number, generation: string) => `${en.changes.newPicks(count)} by ${generation.toUpperCase()}`,
    mark: 'New',
    rowBecause: (count: number, title: string) => `+${formatCount(count)} new · because you liked ${title}`,
    rowSince: (count: number) => `+${formatCount(count)} new`,
    title: 'What changed',
    after: (chosen: readonly string[]) => `After ${formatList(chosen)}.`,
    by: (generation: string) => `${generation.toUpperCase()} answers now.`,
    columns: { title: 'Title', before: 'Before', now: 'Now', why: 'Why' },
    place: (position: number) => formatCount(position),
    placeIn: (position: number, row: string) => `${formatCount(position)} in ${row}`,
    isNew: 'New',
    gone: 'Not on the page any more',
    none: 'The same titles at the same places.',
    noneYet: 'The page could not be compared. Try again.',
  },

  homePage: {
    documentTitle: 'Home',
    heading: (name: string) => `Picks for ${name}`,
    topPick: 'Top pick for you',
    picks: 'Top picks',
    pick: (place: number, title: string) => `Pick ${formatCount(place)}: ${title}`,
    heroMore: 'See details',
    refresh: 'Refresh picks',
    refreshed: 'Your picks are up to date.',
    old: (at: number) => `The server cannot be reached. These are your picks from ${formatTime(at)}.`,
    degraded: (parts: readonly string[], learning: string | undefined) =>
      `Not on this page yet, because the server ${learning === undefined ? 'was busy' : `is busy while ${learning.toUpperCase()} is being learned`}: ${formatList([...new Set(parts.map(partName))])}. It tries again by itself.`,
    failed: 'Your picks did not load.',
    empty: 'There is nothing to recommend yet.',
    unknownViewer: (userIdx: number) => `There is no viewer with the number ${userIdx}.`,
    chooseViewer: 'Choose who is watching',
    pinNeeded: 'This profile has a PIN. Choose it again to continue.',
    sessionNeeded: 'Choose this profile again to continue.',
    notOpen: 'This viewer is not open in this browser.',
  },

  welcome: {
    title: 'Welcome. What do you like?',
    text: 'Press the ones you know and like. With each of them the titles here and your first row change at once.',
    grid: 'Titles to like',
    firstRow: 'Your first row',
    progress: (count: number, goal: number) => `${Math.min(count, goal)} of ${goal} likes`,
    showPicks: 'Show my picks',
    find: 'Find a title you love',
  },

  row: {
    heading: (kind: RowKind, { title, genre }: Row['params'], anchorIsLiked: boolean): string => {
      switch (kind) {
        case 'popular_right_now':
          return genre === undefined ? 'Popular right now' : `Popular in ${genre}`;
        case 'similar_to_your_taste':
          return 'Similar to your taste';
        case 'because_you_watched':
          return `${anchorIsLiked ? 'Because you liked' : 'Because you watched'} ${displayTitle(title ?? null)}`;
        case 'from_your_recent_intent':
          return 'From your recent intent';
        case 'mixed_discovery':
          return 'Mixed discovery';
        case 'from_the_catalogue':
          return genre === undefined ? 'From the catalogue' : `${genre} in the catalogue`;
        default:
          return kind satisfies never;
      }
    },
    back: (heading: string) => `Scroll back: ${heading}`,
    forward: (heading: string) => `Scroll on: ${heading}`,
    /** The reason of a title that chance has put there. */
    drawn: (probability: number) => `Drawn by lottery, 1 in ${formatCount(Math.round(1 / probability))}`,
    more: 'Load more',
    moreFailed: 'Did not load. Try again',
  },

  why: ({ code, params }: Explanation, anchorIsLiked: boolean): string => {
    switch (code) {
      case 'because_you_watched':
        return params.title === undefined
          ? 'Because of what you watched'
          : `Because you ${anchorIsLiked ? 'liked' : 'watched'} ${displayTitle(params.title)}`;
      case 'similar_to_your_taste':
        return params.genres && params.genres.length > 0
          ? `Similar to your taste · ${formatList(params.genres)}`
          : 'Similar to your taste';
      case 'popular_among_similar':
        return params.userCount === undefined
          ? 'Popular among similar users'
          : `Popular among similar users · ${people(params.userCount)}`;
      case 'trending_now':
        return params.interactionCount === undefined
          ? 'Trending now'
          : `Trending now · ${people(params.interactionCount)} lately`;
      case 'first_of_series':
        return params.title === undefined
          ? 'First part of a series'
          : `First part of a series, before ${displayTitle(params.title)}`;
      case 'from_the_catalogue': {
        const facts = [...(params.genres ?? []), ...(params.year === undefined ? [] : [String(params.year)])];
        return facts.length === 0 ? 'From the catalogue' : `From the catalogue: ${facts.join(', ')}`;
      }
      default:
        return code satisfies never;
    }
  },

  feedback: {
    group: (title: string) => `What do you think of ${title}?`,
    action: (type: FeedbackEventName, title: string) => `${actionNames[type]}: ${title}`,
    name: (type: FeedbackEventName) => actionNames[type],
    done: (type: FeedbackEventName, title: string) => `${doneNames[type]} ${title}`,
    undone: (title: string) => `Taken back: ${title}`,
    failed: (title: string) => `Not saved: ${title}. The server did not answer.`,
    refused: (title: string, why: string) => `Not saved: ${title}. ${why}`,
    waiting: (count: number) =>
      `You are offline. ${count === 1 ? '1 choice waits' : `${formatCount(count)} choices wait`} on this device and will be sent.`,
    nothingToUndo: 'There is nothing to undo.',
    mark: (type: FeedbackEventName) => markNames[type],
    seen: 'Watched',
  },

  search: {
    label: 'Search titles',
    placeholder: 'Search titles',
    options: 'Suggestions',
    recent: 'Recent searches',
    recentCount: (count: number) => (count === 1 ? '1 recent search' : `${count} recent searches`),
    suggestions: (count: number, corrected: boolean) => {
      if (count === 0) return 'No titles found.';
      const found = count === 1 ? '1 suggestion' : `${formatCount(count)} suggestions`;
      return corrected ? `No exact match. ${found} with a similar name.` : found;
    },
    all: (text: string) => `All results for “${text}”`,
    heading: (text: string) => `Results for “${text}”`,
    headingEmpty: 'Search',
    start: 'Type at least one letter of a title.',
    count: (count: number) => (count === 1 ? '1 title' : `${formatCount(count)} titles`),
    shown: (shown: number, total: number) => `The first ${formatCount(shown)} of ${formatCount(total)} titles`,
    corrected: (text: string) => `No title matches “${text}”. These come closest.`,
    none: (text: string) => `No title matches “${text}”.`,
    failed: 'The search did not work.',
  },

  /** The lowest age that a title is meant for, on a card. */
  shortAge: ({ age, source }: { readonly age: number; readonly source: string }) =>
    age === 0 ? 'All ages' : `${source === 'estimated' ? '≈' : ''}${age}+`,
  /** The lowest age that a title is meant for. */
  age: ({ age, source }: { readonly age: number; readonly source: string }) =>
    `${age === 0 ? 'All ages' : `${age}+`}${source === 'estimated' ? ' (estimated)' : ''}`,

  title: {
    fallback: 'Title',
    documentTitle: (title: string, year: number | null) => (year === null ? title : `${title} (${year})`),
    alsoKnownAs: (title: string) => `Also known as ${title}`,
    whyForYou: 'Why it could be for you',
    ratings: 'Ratings',
    mean: (mean: number) => formatDecimal(mean),
    onAverage: 'on average',
    ratingCount: (count: number) => (count === 1 ? '1 rating' : `${formatCount(count)} ratings`),
    bar: (value: number, count: number) => `Rated ${formatDecimal(value)}: ${formatCount(count)}`,
    noRatings: 'Nobody has rated it yet.',
    yourRating: (value: number) => `You rated it ${formatDecimal(value)}`,
    yourEvents: 'What you told us',
    similar: 'More like this',
    similarFailed: 'Similar titles did not load.',
    noSimilar: 'There are no similar titles yet.',
    unknown: 'There is no such title.',
    gone: (title: string) => `“${title}” is not available to this viewer any more.`,
    failed: 'This title did not load.',
    partly: 'The rest of this page did not load.',
  },

  profiles: {
    documentTitle: 'Who is watching',
    heading: 'Who is watching?',
    intro: 'Look at the page as a member of the data set, or start fresh.',
    introWithoutDemo: 'Choose somebody of your household, or start fresh.',
    newVisitor: 'New visitor',
    newVisitorHint: 'No history. Like a few titles and watch the page adapt to you.',
    search: 'Find a member by number',
    member: (userId: string) => `Member ${userId}`,
    visitor: (userId: string) => `Visitor ${userId.replace(/^visitor-/, '').slice(0, 6)}`,
    viewer: (userIdx: number) => `Viewer ${userIdx}`,
    interactions: (count: number) => (count === 1 ? '1 event' : `${formatCount(count)} events`),
    current: 'Watching now',
    none: (text: string) => `No member’s number starts with “${text}”.`,
    total: (shown: number, total: number) => `${formatCount(shown)} of ${formatCount(total)} people`,
    failed: 'The members did not load.',
    createFailed: 'A new visitor could not be created. Try again.',
    switchSuffix: ': switch viewer',
    tourist: (name: string, dataset: string | undefined) =>
      `You are seeing the page of ${name}, a real person in the data set${dataset === undefined ? '' : ` ${dataset}`}.`,
    switch: 'Switch viewer',
    others: 'Everybody else',
    household: 'Your household',
    householdHint: 'Profiles with their own history. A kids profile shows what is known to be suitable for children.',
    householdFailed: 'The profiles of your household did not load.',
    newProfile: 'New profile',
    name: 'Name',
    isKids: 'For kids',
    newPin: 'PIN, four to eight digits (optional)',
    create: 'Create',
    cancel: 'Cancel',
    kids: 'Kids',
    locked: 'PIN needed',
    pinTitle: (name: string) => `PIN of ${name}`,
    pin: 'PIN',
    enter: 'Enter',
    wrongPin: 'This is not the PIN. Try again.',
    pinLocked: 'Too many wrong PINs. Wait a moment, then try again.',
    openToKids: (names: readonly string[]) =>
      names.length === 0
        ? 'Without a profile of an adult with a PIN, a child can add profiles here. Add one for yourself.'
        : `${formatList(names)} ${names.length === 1 ? 'has' : 'have'} no PIN: a child can choose ${names.length === 1 ? 'it' : 'them'} and see everything. Watch with a new profile that has a PIN.`,
    needsAdult: 'Only an adult with a PIN can add profiles to this household: choose that profile first.',
    profileFailed: 'That did not work. Try again.',
    kidsIntro: 'You are watching with a kids profile. Choose somebody of your household to leave it.',
  },

  history: {
    documentTitle: 'Your history',
    heading: 'Your history',
    parts: 'Parts of the history',
    here: 'Here',
    before: (count: number) => `Before Matinee · ${formatCount(count)}`,
    beforeIntro: 'What the data set knows of this member. It is where the picks come from.',
    sort: 'Order',
    sorts: { newest: 'Latest first', rating: 'Best rated first' },
    rated: (rating: number) => `Rated ${formatDecimal(rating)}`,
    met: 'Watched',
    /** The title is named as a reason on the home page now. */
    reason: (count: number) => `Reason for ${count === 1 ? '1 pick' : `${formatCount(count)} picks`} now`,
    noReason: 'Too low to be a reason',
    shown: (shown: number, total: number) => `${formatCount(shown)} of ${formatCount(total)}`,
    link: 'History',
    intro: 'What you told Matinee, newest first. Taking something back changes the next page.',
    empty: 'Nothing yet. Like, skip or mark a title and it appears here.',
    emptyAction: 'Back to the titles',
    failed: 'Your history did not load.',
    undo: (type: FeedbackEventName, title: string) => `Undo: ${doneNames[type]} ${title}`,
    undone: 'Taken back',
    more: 'Show older',
    at: (iso: string) => formatDate(iso),
  },

  /** What a history says of a taste. */
  taste: {
    heading: 'Your taste',
    counted: (count: number) => `From ${titles(count)} that you liked or watched.`,
    genres: 'Genres',
    decades: 'Decades',
    decade: (decade: number) => `${decade}s`,
    share: (share: number) => formatPercent(share),
    mean: 'Mean rating',
    mainstream: 'How well known',
    /** @param share The mean share of the catalogue that fewer people know. */
    mainstreamText: (share: number) =>
      `${share >= 0.97 ? 'Mostly well-known titles' : share >= 0.9 ? 'Known and less known titles' : 'Many titles that few know'}: on average better known than ${formatPercent(share)} of the catalogue.`,
  },

  notFound: { title: 'Page not found', text: 'There is no page at this address.', action: 'Go home' },
  crash: {
    title: 'Something broke',
    text: 'The page could not be displayed. Reloading usually helps.',
    action: 'Reload',
  },

  footer: {
    dataset: ({ name, userCount, itemCount, eventCount }: StatusResponse['dataset']) =>
      eventCount === 0
        ? `${name}: ${titles(itemCount)}`
        : `${name}: ${formatCount(eventCount)} ${eventCount === 1 ? 'event' : 'events'} on ${titles(itemCount)} by ${people(userCount)}`,
    model: (generation: string) => `Model ${generation}`,
    lab: 'How it works: the Lab',
    demo: 'Demo',
    demoHint: 'You can look as any member of the data set.',
    terms: (isMovieLens: boolean) =>
      isMovieLens
        ? 'MovieLens data © GroupLens, University of Minnesota, used under its terms. Posters are generated.'
        : 'Posters are generated where a title has none.',
  },
};

/** What a part of the recommender adds to the page, by the part's name. */
function partName(part: string): string {
  const [, name = 'some of your recommendations'] = PARTS.find(([pattern]) => pattern.test(part)) ?? [];
  return name;
}

const PARTS: readonly (readonly [RegExp, string])[] = [
  [/^event log$/, 'what you said here'],
  [/^ranker$/, 'the fine order'],
  [/popular/, 'what is popular'],
  [/genre/, 'titles of your genres'],
  [/user/, 'titles that people like you watch'],
  [/item|ease/, 'titles like those you watched'],
  [/tower/, 'titles of your taste'],
  [/gru|sas|sequence|time/, 'what follows your last titles'],
];

const actionNames: Record<FeedbackEventName, string> = {
  like: 'Like',
  dislike: 'Not for me',
  watched: 'Watched',
  skip: 'Skip',
  click: 'Opened',
  impression: 'Seen',
  undo: 'Undo',
};

const doneNames: Record<FeedbackEventName, string> = {
  like: 'Liked',
  dislike: 'Not for you:',
  watched: 'Watched',
  skip: 'Skipped',
  click: 'Opened',
  impression: 'Saw',
  undo: 'Took back',
};

const markNames: Record<FeedbackEventName, string> = {
  like: 'Liked',
  dislike: 'Not for you',
  watched: 'Watched',
  skip: 'Skipped',
  click: 'Opened',
  impression: 'Seen',
  undo: 'Taken back',
};
