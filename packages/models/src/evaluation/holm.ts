/**
 * Returns p-values corrected for their number, in their order: the chance that any of them is as small where nothing
 * differs is at most the corrected one. Never above 1, nor below the p-value itself.
 *
 * @see Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
 */
export function correctPValues(pValues: readonly number[]): number[] {
  const order = Array.from(pValues.keys()).sort((a, b) => pValues[a] - pValues[b]);
  const corrected = new Array<number>(pValues.length).fill(1);
  let least = 0;
  for (const [place, index] of order.entries()) {
    least = Math.max(least, Math.min(1, (pValues.length - place) * pValues[index]));
    corrected[index] = least;
  }
  return corrected;
}

/** Adds to each difference its p-value corrected for the number of differences that are shown together. */
export function withCorrectedPValues<Shown>(
  shown: readonly Shown[],
  pValueOf: (each: Shown) => number,
): readonly (Shown & { readonly correctedPValue: number })[] {
  const corrected = correctPValues(shown.map(pValueOf));
  return shown.map((each, at) => ({ ...each, correctedPValue: corrected[at] }));
}
