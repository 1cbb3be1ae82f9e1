/**
 * Returns the chance that Student's t is within ±`value`, with a whole number of degrees of freedom ≥ 1.
 *
 * @see Abramowitz & Stegun (1964), Handbook of Mathematical Functions, 26.7.3 and 26.7.4: finite sums, hence exact.
 */
function chanceWithin(value: number, degreesOfFreedom: number): number {
  const angle = Math.atan(value / Math.sqrt(degreesOfFreedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degreesOfFreedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degreesOfFreedom === 1 ? 0 : term;
  for (let power = isOdd ? 2 : 1; power <= degreesOfFreedom - 2; power += 2) {
    term *= (power / (power + 1)) * cosine ** 2;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/**
 * Returns the value within ± of which Student's t is with the given chance: 4.303 for .95 and 2 degrees of freedom.
 *
 * @param chance From 0 to below 1.
 * @param degreesOfFreedom A whole number ≥ 1.
 */
export function studentReach(chance: number, degreesOfFreedom: number): number {
  let [low, high] = [0, 1];
  while (chanceWithin(high, degreesOfFreedom) < chance) high *= 2;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (chanceWithin(middle, degreesOfFreedom) < chance) low = middle;
    else high = middle;
  }
  return high;
}
