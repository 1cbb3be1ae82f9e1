/** Moments in milliseconds, ascending, with independent exponential gaps: people come at random (Poisson). */
export function poissonMoments(perSecond: number, seconds: number, uniform: () => number): number[] {
  const moments: number[] = [];
  for (let atMs = 0; ; ) {
    atMs += (-Math.log(1 - uniform()) * 1000) / perSecond;
    if (atMs >= seconds * 1000) return moments;
    moments.push(atMs);
  }
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
}
