import type { LabTraceItem } from '@matinee/contract';

const titles = (count: number) => (count === 1 ? '1 title' : `${count} titles`);

/** All texts of the Lab in English, apart from those of the page: they load with the Lab. */
export const lab = {
  name: 'Lab',
  csv: 'Save as CSV',
  csvOf: (table: string) => `Save as CSV: ${table}`,
  loading: 'Loading…',
  closed: 'The Lab is not open to this profile.',
  failed: 'This did not load.',
  navigation: 'Screens of the Lab',
  intro: 'How the recommender comes to its answers, with the numbers of this server.',
  screens: {
    tour: 'Tour',
    compare: 'Compare',
    evaluation: 'Evaluation',
    pipeline: 'Pipeline',
    live: 'Live',
    system: 'System',
  },

  inspect: {
    heading: (title: string) => `Why “${title}”?`,
    headingNot: (title: string) => `Why not “${title}”?`,
    close: 'Close',
    copy: 'Copy as JSON',
    copied: 'Copied',
    made: (generation: string, release: string, at: string, ms: string) =>
      `${generation.toUpperCase()}, release ${release} · ${at} · ${ms}`,
    gone: 'This trace is no longer kept. The server keeps the latest 500 requests, until another release is served.',
    askAgain: 'Ask again',
    askAgainHint: 'A new request is made now. Its answer can differ from the one you saw.',
    asking: 'Asking…',
    outcome: ({ outcome, rule, places, listPlace, listLength, blend }: LabTraceItem): string => {
      switch (outcome) {
        case 'page': {
          const [place] = places;
          const at = place === undefined ? '' : `place ${place.position + 1} of the row ${rowName(place.kind)}`;
          return listPlace === null
            ? `It is on the page, at ${at}. The row has a query of its own: the title is not in the list that other rows are made from.`
            : `It is on the page, at ${at}; place ${listPlace} of ${listLength} in the list.`;
        }
        case 'rules':
          return `It was lost at the rules, before any source was asked: ${ruleText(rule ?? '')}.`;
        case 'sources':
          return 'It was lost at the sources: none of them had it among its best for this history.';
        case 'blend':
          return 'It was lost at the blend: a source found it, and too many titles scored higher together.';
        case 'slate':
          return `It was lost at the slate: place ${listPlace} of ${listLength} in the list${blend === null ? '' : ` (${blend.place} in the blend)`}, and every row it suits was filled by titles above it.`;
        default:
          return outcome satisfies never;
      }
    },
    funnel: 'From the catalogue to the page',
    stage: 'Stage',
    left: 'Titles left',
    time: 'Time',
    stages: {
      catalogue: 'catalogue',
      rules: 'after the rules',
      sources: 'found by a source',
      blend: 'best of the blend',
      ranked: 'ordered',
      page: 'placed in rows',
    } satisfies Record<string, string>,
    foundBy: 'Found by',
    foundByHint: 'A source’s rank is worth 61 / (60 + rank). Times the weight that was learned, that is its part.',
    source: 'Source',
    rank: 'Rank',
    score: 'Own score',
    weight: 'Weight',
    share: 'Worth',
    part: 'Part',
    blendSum: (score: string, place: number, of: number) => `Together ${score}: place ${place} of ${of} in the blend.`,
    notBlended: 'It is not in the blend, so no source’s part counts.',
    ranker: 'The ranker',
    noRanker:
      'The ranker did not score it: the release has none, the history is empty, or it is below the ranker’s depth.',
    feature: 'Feature',
    meaning: 'What it means',
    value: 'Value',
    percentile: 'Above',
    percentileHint: '“Above” is the share of this request’s candidates with a lower value.',
    effect: 'Moves the score by',
    sum: (base: string, sum: string, residual: string, boost: string | undefined, score: string) =>
      `${base} (mean in training) ${sum} (all features) ${residual} (residual)${boost === undefined ? '' : ` ${boost} (boost)`} = ${score}`,
    residualHint: 'The residual is rounding; in V4 also the part of the neural ranker, which is not shared out.',
    allFeatures: (count: number) => `Show all ${count} features`,
    fewFeatures: 'Show the largest only',
    moves: 'Moved',
    reason: 'Reason',
    from: 'From place',
    to: 'To place',
    where: 'Where',
    noMoves: 'It stands where its score puts it.',
    list: 'the list',
    anchors: 'What it rests on in the history',
    anchor: 'Title',
    rating: 'Rating',
    noAnchors: 'No source that found it names titles of the history.',
    whatIf: 'What if I had not watched it?',
    whatIfOf: (title: string) => `What if I had not watched ${title}?`,
    without: (title: string) => `As if you had never met ${title}`,
    withoutResult: (before: number | null, now: number | null, isGone: boolean, changed: number, of: number) =>
      `${isGone ? 'A rule removes it now' : `Place in the list: ${before ?? 'none'} → ${now ?? 'none'}`}. ${changed} of the first ${of} are others.`,
    back: 'Back to the request before',
    removed: 'Titles removed by rules',
    rule: 'Rule',
    count: 'Titles',
    noRules: 'No rule removed a title.',
    history: 'The history it was asked with',
    historyText: (length: number) => `${titles(length)}; the latest first. Bold ones are the recent intent.`,
    another: 'Why not another title?',
    anotherLabel: 'Title to look for in this request',
    noTitle: 'No title matches.',
  },

  compare: {
    heading: 'Generations side by side',
    intro: (name: string) => `The lists that each generation gives ${name} now.`,
    slider: 'As after my first events',
    sliderText: (after: number, of: number) => `${after} of ${of} events of the history count`,
    sliderHint: 'The models have learned from all events nonetheless: only the history of the question is shorter.',
    served: 'served',
    missing: 'Not trained',
    place: 'Place',
    lists: 'Lists',
    listsHint:
      'An arrow says how far a title moved from the generation to its left; “new” means that it was not there.',
    isNew: 'new',
    generation: 'Generation',
    overlap: 'Titles in common',
    overlapHint: 'Of the lists of both, by how many titles they share.',
    genres: 'Shares of genres',
    genre: 'Genre',
    historyColumn: 'history',
    times: 'Milliseconds by stage',
    stage: 'Stage',
    total: 'all',
  },
};

/** A rule in words, for “it was lost at the rules: …”. */
function ruleText(rule: string): string {
  return RULES[rule] ?? rule.replaceAll('_', ' ');
}

const RULES: Readonly<Record<string, string>> = {
  seen: 'you have seen it (rule “seen”)',
  watched: 'you have watched it (rule “watched”)',
  rated: 'you have liked or disliked it (rule “rated”)',
  skipped: 'you have skipped it (rule “skipped”)',
  fatigue: 'it was shown on several days and never opened (rule “fatigue”)',
  excluded: 'the request excluded it (rule “excluded”)',
  filtered: 'the request’s filter does not let it through (rule “filtered”)',
};

const rowName = (kind: string): string => `“${kind.replaceAll('_', ' ')}”`;
