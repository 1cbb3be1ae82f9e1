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

  noRuns: 'No release is on disk for this server to read. Run: matinee train --preset v1',
  chooseRun: 'Release',

  evaluation: {
    heading: 'Evaluation',
    ladder: 'Quality by generation',
    ladderText: (users: number, queries: number, dataset: string, seed: number) =>
      `NDCG@10 on ${queries} held-out queries of ${users} users of ${dataset}, of whom nothing was learned, with its 95 % interval over users; seed ${seed}. Measured while the release was trained: a check, not a test on further data.`,
    nobodyHeldOut:
      'Nobody could be held out of this data, so no quality is known. More data helps: matinee prepare --help',
    generation: 'Generation',
    from: 'From',
    to: 'To',
    command: 'With several cuts in time, further seeds and more metrics:',
    steps: 'Is each generation better than the one before it?',
    stepsText:
      'Later minus earlier, user by user on the same queries, with the 95 % interval. An interval that holds zero shows nothing; three steps are compared, so one in twenty would mislead by chance more often than it says.',
    noSteps: 'There are no two generations to compare. Run: matinee train --preset v2',
    step: 'Step',
    difference: 'Difference',
    verdict: 'What that shows',
    verdictOf: (low: number, high: number) =>
      low > 0 ? 'better' : high < 0 ? 'worse' : 'not shown: zero is in the interval',
    watch: 'The served release against the one before, on what people do',
    noWatch:
      'Nothing is compared at present. After a swap of releases, both answer every next engagement here, and the earlier one comes back if the later finds less.',
    watchText: (queries: number, of: number, state: string) => `${queries} of ${of} engagements compared: ${state}.`,
    release: 'Release',
    earlier: 'the one before',
    later: 'the one that is served',
    run: 'One release in detail',
    sources: (run: string) => `Sources of ${run}`,
    sourcesText:
      'What each source’s list is worth alone on held-out queries (NDCG@100), and the weight that the blend learned. A good source has little weight where another finds the same titles.',
    source: 'Source',
    alone: 'Alone',
    weight: 'Weight',
    leftOut: (part: string, reason: string) => `${part} is left out: ${reason}`,
    metrics: (run: string) => `Ranking and calibration of ${run}`,
    metricsText: 'As recorded in training, on queries that the ranker was not fitted on.',
    metric: 'Metric',
    meaning: 'What it means',
    value: 'Value',
    meaningOf: (name: string) => METRICS.find(([pattern]) => pattern.test(name))?.[1] ?? '',
    apart: 'Not compared',
    saved: 'Saved',
    why: 'Why',
  },

  pipeline: {
    now: 'Under way',
    nothingNow: 'Nothing is being trained. matinee start trains further generations beside the server.',
    training: (generation: string, stage: string) => `${generation.toUpperCase()}: ${stage}`,
    failure: (generation: string, message: string) => `${generation.toUpperCase()} could not be trained: ${message}`,
    takeover: (generation: string, takesOver: boolean) =>
      `${generation.toUpperCase()} was trained and ${takesOver ? 'took over' : 'is not served'}.`,
    takeoverOn: (value: string, low: string, high: string, users: number) =>
      ` Difference ${value} [${low}, ${high}] on ${users} held-out users.`,
    run: 'A training',
    command: 'The same from the command line:',
    stages: 'Stages',
    stagesText: (total: string) =>
      `In the order of running, ${total} together. A stage whose result was in the stage cache takes milliseconds here.`,
    noStages: 'The times of this release are not recorded.',
    stage: 'Stage',
    part: 'Part of the training',
    groups: {
      'hold-out': 'hold out',
      sources: 'sources, for learning weights',
      blend: 'blend',
      ranker: 'features and ranker',
      measure: 'measure',
      refit: 'sources, on everything',
    },
    time: 'Time',
    curves: 'How the networks learned',
    noCurves:
      'No network was trained in this run: the generation has none, or they came from the stage cache. matinee train --preset v3 --force trains them anew.',
    lossOf: (stage: string) => `Loss by epoch: ${stage}`,
    validationOf: (stage: string) => `Validation by epoch: ${stage}`,
    epoch: 'Epoch',
    loss: 'Loss',
    validation: 'Validation',
  },

  live: {
    numbers: 'Now',
    what: 'What',
    value: 'Value',
    perMinute: 'events in the last minute, since this screen was opened',
    p50: 'page requests, p50',
    p95: 'page requests, p95',
    engagements: 'engagements that the release was not trained on',
    sequence: 'last event in the log that is counted',
    genreDrift: 'drift of genres',
    popularityDrift: 'drift of popularity',
    driftText:
      'Drift compares the engagements of the last week with the data set: the Jensen–Shannon distance of genre shares, 0 to 1, and the population stability index over popularity, beyond 0.25 a shift.',
    events: 'Events',
    pause: 'Pause',
    goOn: 'Go on',
    state: {
      connecting: 'Connecting…',
      open: 'Connected.',
      lost: 'Connection lost; the browser tries again by itself.',
    },
    noEvents: 'Nothing yet. Like a title in another tab and it appears here.',
    time: 'Time',
    about: 'About',
    title: (itemIdx: number) => `title ${itemIdx}`,
    training: 'Training',
    release: 'Release',
  },

  system: {
    holds: 'This process',
    what: 'What',
    value: 'Value',
    uptime: 'running for',
    minutes: (count: number) => (count === 1 ? '1 minute' : `${count} minutes`),
    node: 'Node',
    resident: 'memory of the process',
    heap: 'of it, JavaScript objects',
    buffers: 'of it, arrays of numbers',
    titles: 'titles',
    people: 'people of the data set',
    traces: 'traces kept',
    traceBytes: 'their size',
    releases: 'Releases served since the start',
    generation: 'Generation',
    version: 'Version',
    since: 'Since',
    rollBack: 'An earlier generation is served by restarting with its name:',
    latency: 'Latency of page requests',
    latencyText: (requests: number, since: string) =>
      `The ${requests} requests whose traces are kept, since ${since}. p95: nineteen of twenty were faster.`,
    noRequests: 'No page was requested since this release is served. Open the home page.',
    stages: 'Stage',
    bySource: 'Source',
    longest: 'longest',
    sources: 'Sources of the served release',
    source: 'Source',
    kind: 'Kind',
    weight: 'Weight',
    dimensions: 'Numbers in a title’s vector',
  },

  tour: {
    heading: 'One request, step by step',
    intro: (name: string) =>
      `What happens between ${name} opening the page and the page being shown, with the numbers of one request.`,
    start: 'Make a request and follow it',
    again: 'Follow a new request',
    gone: 'This request is no longer kept. Follow a new one.',
    code: 'Code',
    returned: 'Titles returned',
    see: 'See',
    seeInspect: 'this title from end to end',
    seeCompare: 'all generations side by side',
    seeEvaluation: 'what each source and generation is worth',
    seePipeline: 'how it was trained',
    steps: {
      query: {
        heading: '1. A viewer becomes a query',
        text: (length: number, latest: string) =>
          `The history has ${titles(length)}${latest === '' ? '' : `; the latest are ${latest}`}. No model ever receives the viewer: all of them receive this history, so somebody who came a minute ago is answered by the same code.`,
      },
      rules: {
        heading: '2. Rules first',
        text: (catalogue: string, left: string, rules: string) =>
          `Of ${catalogue} titles, ${left} may be shown. ${rules === '' ? 'No rule removed any.' : `The rules removed: ${rules}.`} Sources take this as a mask, so none of their places is wasted.`,
      },
      sources: {
        heading: '3. Many sources, many opinions',
        text: (count: number, found: string, ms: string) =>
          `${count} sources each returned their best. Together they found ${found} different titles in ${ms}. Their scores are on scales of their own; their ranks compare.`,
      },
      blend: {
        heading: '4. The blend: ranks become one score',
        text: (kept: string, title: string, parts: string) =>
          `A rank is worth 61 / (60 + rank), times the weight of its source. The best ${kept} go on. For ${title}: ${parts}.`,
      },
      ranker: {
        heading: '5. The ranker',
        text: (features: number, depth: number, title: string, effects: string) =>
          `It reads ${features} numbers of each of the first ${depth} candidates. What moves the score of ${title} most: ${effects}.`,
        none: 'This release has no ranker, or the history is empty: the order of the blend stays.',
      },
      order: {
        heading: '6. The order, before and after',
        text: 'The first of the list, with their places in the blend:',
        place: 'Place',
        title: 'Title',
        before: 'In the blend',
        score: 'Score',
      },
      slate: {
        heading: '7. The slate: a list becomes a page',
        text: (rows: number, moves: string) =>
          `${rows} rows, and no title twice. ${moves === '' ? 'Nothing was moved for variety.' : `Moves: ${moves}.`}`,
      },
      reason: {
        heading: '8. The reason shown',
        text: (title: string, why: string) =>
          `${title}: “${why}”. A reason must be true: a title it names is in the history and raised the score.`,
      },
      feedback: {
        heading: '9. A like, and the next answer',
        text: 'A like is written to the log before it is acknowledged, and the very next request reads it there. Nothing is retrained. Undo is one more event, and restores what was there before.',
      },
    },
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
    partOnly:
      'An earlier request found the candidates, and its features have gone. A new request has everything: the answer may differ a little.',
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

const METRICS: readonly (readonly [RegExp, string])[] = [
  [/^validation\.ndcg@100$/, 'NDCG@100 of the blend on held-out queries'],
  [/^validation\.queries$/, 'queries that the weights were learned on'],
  [/^auc$/, 'chance that the title that was chosen scores above another candidate'],
  [/^logLoss$/, 'mean surprise at what was chosen; lower is better'],
  [/^ece\./, 'calibration error among these users'],
  [/^ece$/, 'calibration error: mean distance between a stated chance and what happened; lower is better'],
  [/^chances$/, 'mean of the stated chances of a query’s candidates together'],
  [/^found$/, 'share of queries whose title the sources found at all: the ceiling of the ranker'],
  [/^quality\.blend$/, 'NDCG within the candidates, in the order of the blend'],
  [/^quality\./, 'NDCG within the candidates, by this part of the ranker alone'],
  [/^quality$/, 'NDCG within the candidates, in the order of the ranker'],
  [/^factor\./, 'weight of this part in the ranker’s score'],
  [/^queries\./, 'queries'],
  [/^rows\./, 'candidates that the ranker was fitted on'],
];

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
