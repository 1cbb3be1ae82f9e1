/** What rules know of one title beside the catalogue. Whatever is absent is not known, or does not limit it. */
export interface ItemFact {
  /** The age in years, 0 to 18, from which it may be seen; said of it by somebody, or estimated from its genres. */
  readonly maturity?: { readonly age: number; readonly source: 'listed' | 'estimated' };
  readonly distributor?: string;
  /** ISO 3166 alpha-2, upper case: the only regions it may be shown in. Absent: everywhere; empty: nowhere. */
  readonly regions?: readonly string[];
  /** Seconds since 1970: shown from `licenceStart` on, until just before `licenceEnd`. */
  readonly licenceStart?: number;
  readonly licenceEnd?: number;
  /** Made by whoever runs this. */
  readonly isOriginal?: boolean;
  /** Taken out by whoever runs this, or so badly described that showing it would be a risk. */
  readonly isHidden?: boolean;
}
