/** What rules read of one item beside the catalogue. An absent field is unknown or sets no limit. */
export interface ItemFact {
  /** The age in years, 0 to 18, from which it may be seen; listed, or estimated from its genres. */
  readonly maturity?: { readonly age: number; readonly source: 'listed' | 'estimated' };
  readonly distributor?: string;
  /** ISO 3166 alpha-2, upper case: the only regions it may be shown in. Absent: everywhere; empty: nowhere. */
  readonly regions?: readonly string[];
  /** Seconds since 1970: shown from `licenceStart` on, until just before `licenceEnd`. */
  readonly licenceStart?: number;
  readonly licenceEnd?: number;
  /** Produced by the operator. */
  readonly isOriginal?: boolean;
  /** Hidden by the operator, or too badly described to be shown safely. */
  readonly isHidden?: boolean;
}
