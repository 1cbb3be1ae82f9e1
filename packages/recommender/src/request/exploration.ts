/** How many places of a row are filled at random, to learn about items that ranking would not show. */
export interface Exploration {
  /** Share of the row's first places; 0 = none. */
  readonly share: number;
  /** Seed of the draw: the id of the request, so that the draw can be repeated. */
  readonly seed: string;
}

/** One of the first twenty places of a row. */
export const DEFAULT_EXPLORATION_SHARE = 0.05;
