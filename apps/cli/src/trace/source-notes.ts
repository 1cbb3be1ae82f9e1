/** What there is to say of a family of sources. */
interface SourceNote {
  /** What it looks for, as one sentence. */
  readonly asks: string;
  /** Paths in this repository. */
  readonly code: string;
  readonly card: string;
  readonly paper?: { readonly name: string; readonly url: string };
}

/** By the kind of the model. */
export const SOURCE_NOTES: Readonly<Record<string, SourceNote>> = {
  popularity: {
    asks: 'What did most people ever turn to?',
    code: 'packages/models/src/retrieval/popularity.ts',
    card: 'docs/models/popularity.md',
  },
  'recent-popularity': {
    asks: 'What do people turn to lately? Every event fades with a half-life.',
    code: 'packages/models/src/retrieval/recent-popularity.ts',
    card: 'docs/models/popularity.md',
  },
  'genre-affinity': {
    asks: 'Which genres is this history fonder of than everybody is, and what is popular in them?',
    code: 'packages/models/src/retrieval/genre-affinity.ts',
    card: 'docs/models/genre-affinity.md',
  },
  'item-knn': {
    asks: 'What did the same people turn to who turned to these titles? Late titles count more.',
    code: 'packages/models/src/retrieval/item-knn.ts',
    card: 'docs/models/item-knn.md',
    paper: { name: 'Deshpande & Karypis 2004', url: 'https://doi.org/10.1145/963770.963776' },
  },
  'user-knn': {
    asks: 'Who has a history like this one, and what else did they turn to?',
    code: 'packages/models/src/retrieval/user-knn.ts',
    card: 'docs/models/user-knn.md',
    paper: { name: 'Herlocker et al. 1999', url: 'https://doi.org/10.1145/312624.312682' },
  },
  ease: {
    asks: 'If each title were predicted from all others by one ridge regression, what would this history predict?',
    code: 'packages/models/src/retrieval/ease.ts',
    card: 'docs/models/ease.md',
    paper: { name: 'Steck 2019', url: 'https://arxiv.org/abs/1905.03375' },
  },
  ials: {
    asks: 'Which titles lie where this history lies, among a few dozen learned factors?',
    code: 'packages/models/src/retrieval/ials.ts',
    card: 'docs/models/ials.md',
    paper: { name: 'Hu, Koren & Volinsky 2008', url: 'https://doi.org/10.1109/ICDM.2008.22' },
  },
  'two-tower': {
    asks: 'One network makes a vector of the history, another of each title: which titles lie nearest?',
    code: 'packages/models/src/two-tower/two-tower.ts',
    card: 'docs/models/two-tower.md',
    paper: { name: 'Yi et al. 2019', url: 'https://doi.org/10.1145/3298689.3346996' },
  },
  gru4rec: {
    asks: 'A recurrent network reads the history in order: what comes next?',
    code: 'packages/models/src/sequence/gru4rec.ts',
    card: 'docs/models/gru4rec.md',
    paper: { name: 'Hidasi & Karatzoglou 2018', url: 'https://arxiv.org/abs/1706.03847' },
  },
  sasrec: {
    asks: 'A transformer looks back over the history: what comes next?',
    code: 'packages/models/src/sequence/sasrec.ts',
    card: 'docs/models/sasrec.md',
    paper: { name: 'Kang & McAuley 2018', url: 'https://arxiv.org/abs/1808.09781' },
  },
  'time-transformer': {
    asks: 'The same, told how long ago everything was: what comes next, at this moment?',
    code: 'packages/models/src/sequence/time-transformer.ts',
    card: 'docs/models/time-transformer.md',
    paper: { name: 'Zhai et al. 2024', url: 'https://arxiv.org/abs/2402.17152' },
  },
};
