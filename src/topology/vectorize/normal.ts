/** Above this the series for erf needs more terms than the continued fraction for its complement. */
const FAR = 2.5;
const EPSILON = 2 ** -53;
const SQRT_PI = Math.sqrt(Math.PI);

/** The probability that a standard normal variable is at most x, to about 1e-15 (Abramowitz & Stegun 1964, 7.1.6 and 7.1.14). */
export function normalDistribution(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const tail = z < FAR ? (1 - erfSeries(z)) / 2 : erfcFraction(z) / 2;
  return x > 0 ? 1 - tail : tail;
}

/** All terms have one sign, so nothing cancels. */
function erfSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; term > sum * EPSILON; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * Math.exp(-z * z) * sum;
}

/** The continued fraction z + (1/2)/(z + 1/(z + (3/2)/(z + ...))), from its far end. */
function erfcFraction(z: number): number {
  let fraction = z;
  for (let n = 60; n >= 1; n--) fraction = z + n / 2 / fraction;
  return Math.exp(-z * z) / (SQRT_PI * fraction);
}
