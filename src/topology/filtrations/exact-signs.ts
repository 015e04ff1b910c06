/**
 * Sums of products of differences of coordinates whose sign must be right: plain arithmetic where its error bound certifies the sign, and
 * exact rational arithmetic in whole numbers where it does not (the filter of Shewchuk 1997, the fallback kept simple as it is rare).
 */

/** Of (a - c) . (b - c) in floating point, relative to the sum of the two products' sizes: 4 roundings each, rounded up. */
const ERROR = 8 * 2 ** -53;

/** (a - c) . (b - c): positive where the angle at c is acute; sign exact, size to within rounding. */
export function dot(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  const [px, py, qx, qy] = [ax - cx, ay - cy, bx - cx, by - cy];
  const x = px * qx;
  const y = py * qy;
  const sum = x + y;
  if (Math.abs(sum) > ERROR * (Math.abs(x) + Math.abs(y)) && isNormal(sum)) return sum;
  // A right angle, which grids are full of: the products cancel, and what is left is what rounding took from them.
  const isExact =
    isDifference(px, ax, cx) && isDifference(py, ay, cy) && isDifference(qx, bx, cx) && isDifference(qy, by, cy);
  if (isExact && (px === 0 || qx === 0) && (py === 0 || qy === 0)) return 0;
  // (|| 0: never -0)
  if (isExact && sum === 0 && isNormal(x)) return roundedOff(px, qx, x) + roundedOff(py, qy, y) || 0;
  const scale = scaleOf([ax, ay, bx, by, cx, cy]);
  const [pax, pay, pbx, pby, pcx, pcy] = [ax, ay, bx, by, cx, cy].map((value) => scaled(value, scale));
  return toNumber((pax - pcx) * (pbx - pcx) + (pay - pcy) * (pby - pcy), 2 * scale);
}

/** (a - c) x (b - c), twice the signed area of the triangle: to within rounding even where it is nearly flat; 0 exactly where it is flat. */
export function cross(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  const x = (ax - cx) * (by - cy);
  const y = (ay - cy) * (bx - cx);
  const difference = x - y;
  // Where little cancels the difference is good as it stands.
  if (Math.abs(difference) > 0.01 * (Math.abs(x) + Math.abs(y)) && isNormal(difference)) return difference;
  const scale = scaleOf([ax, ay, bx, by, cx, cy]);
  const [pax, pay, pbx, pby, pcx, pcy] = [ax, ay, bx, by, cx, cy].map((value) => scaled(value, scale));
  return toNumber((pax - pcx) * (pby - pcy) - (pay - pcy) * (pbx - pcx), 2 * scale);
}

/** The sign of the in-circle determinant: 1 where d lies inside of the circle through a, b, c, which run counter-clockwise, 0 where on it, else -1. */
export function circleSign(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): number {
  const given = [ax, ay, bx, by, cx, cy, dx, dy];
  const scale = scaleOf(given);
  const [pax, pay, pbx, pby, pcx, pcy, pdx, pdy] = given.map((value) => scaled(value, scale));
  const [adx, ady, bdx, bdy, cdx, cdy] = [pax - pdx, pay - pdy, pbx - pdx, pby - pdy, pcx - pdx, pcy - pdy];
  const determinant =
    (adx * adx + ady * ady) * (bdx * cdy - cdx * bdy) +
    (bdx * bdx + bdy * bdy) * (cdx * ady - adx * cdy) +
    (cdx * cdx + cdy * cdy) * (adx * bdy - bdx * ady);
  return determinant > 0n ? 1 : determinant < 0n ? -1 : 0;
}

/** True where a - b is not only nearly but exactly `difference`: no bits of either were rounded off. */
function isDifference(difference: number, a: number, b: number): boolean {
  return difference + b === a && a - difference === b;
}

/** a b - product, where `product` is a b rounded (Dekker 1971); for sizes within 1e-280 and 1e280. */
function roundedOff(a: number, b: number, product: number): number {
  const [aHigh, bHigh] = [highHalf(a), highHalf(b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The leading 26 bits. */
function highHalf(value: number): number {
  const shifted = 134_217_729 * value;
  return shifted - (shifted - value);
}

/** True where no product can have lost bits to underflow. */
function isNormal(value: number): boolean {
  return Math.abs(value) > 1e-280;
}

/** The power of two that makes whole numbers of all values. */
function scaleOf(values: readonly number[]): number {
  let least = 1024;
  for (const value of values) {
    if (value !== 0) least = Math.min(least, Math.max(-1074, Math.floor(Math.log2(Math.abs(value))) - 54));
  }
  return least === 1024 ? 0 : -least;
}

/** value * 2^scale as a whole number. */
function scaled(value: number, scale: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = exponent === 0 ? fraction : fraction | 0x10000000000000n;
  const shift = Math.max(exponent, 1) - 1075 + scale;
  const size = shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift);
  return bits >> 63n === 1n ? -size : size;
}

/** whole / 2^scale, to within rounding, but never 0 for what is not. */
function toNumber(whole: bigint, scale: number): number {
  if (whole === 0n) return 0;
  // Only the leading bits fit a number; what is dropped is below its last place.
  const excess = Math.max(0, whole.toString(2).length - 64);
  let power = excess - scale;
  let value = Number(whole >> BigInt(excess));
  // In steps, as 2 ** power itself may be out of range.
  for (; power < -1000; power += 1000) value *= 2 ** -1000;
  for (; power > 1000; power -= 1000) value *= 2 ** 1000;
  value *= 2 ** power;
  if (value !== 0) return value;
  return whole > 0n ? Number.MIN_VALUE : -Number.MIN_VALUE;
}
