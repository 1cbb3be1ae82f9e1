/** Places that are drawn by lot, so that something is learned about what nobody is shown. */
export interface Exploration {
  /** Of the places that a row comes with; 0 = none. */
  readonly share: number;
  /** Equal seeds draw equally: the id of the request, so that what it drew can be drawn again. */
  readonly seed: string;
}

/** Of the first twenty places of a row, one is drawn. */
export const DEFAULT_EXPLORATION_SHARE = 0.05;
