interface Bar {
  readonly value: number;
  readonly count: number;
}

/** MovieLens rates in halves from 0.5 to 5. */
const STEP = 0.5;
const SLOTS = 10;

/**
 * Returns one bar for each rating that somebody could have given, so that the axis is even: ratings that nobody gave
 * have a count of 0. Ratings on another scale come back as they are.
 */
export function ratingSlots(histogram: readonly Bar[]): readonly Bar[] {
  const counts = new Map(histogram.map(({ value, count }) => [value, count]));
  const slots = Array.from({ length: SLOTS }, (_, index) => (index + 1) * STEP);
  if (histogram.some(({ value }) => !slots.includes(value))) return histogram;
  return slots.map((value) => ({ value, count: counts.get(value) ?? 0 }));
}
