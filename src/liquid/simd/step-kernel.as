// The float32 kernels of a CfC step, four numbers at a time: what compiled-step.ts calls. AssemblyScript, compiled by build.ts. Addresses are bytes;
// a row of outputs is padded to whole blocks, and what is computed of the padding is never read.

/** Outputs that are added up side by side: four vectors. */
const BLOCK: i32 = 16;

/**
 * out [n, outputs] = bias + x weight for n rows, `inputs` terms each in ascending order, so that a row's bits do not depend on the others.
 * weight holds block after block of 16 outputs, each [inputs, 16]; outputs is a whole number of blocks. Strides are in bytes.
 */
export function affine(
  weight: usize, bias: usize,
  x: usize, xStride: usize,
  out: usize, outStride: usize,
  n: i32, inputs: i32, outputs: i32,
): void {
  const blockBytes = <usize>inputs << 6;
  for (let o = 0; o < outputs; o += BLOCK) {
    const b0 = v128.load(bias);
    const b1 = v128.load(bias, 16);
    const b2 = v128.load(bias, 32);
    const b3 = v128.load(bias, 48);
    let row = x;
    let at = out;
    let i = 0;
    for (; i + 2 <= n; i += 2) {
      let p0 = b0, p1 = b1, p2 = b2, p3 = b3;
      let q0 = b0, q1 = b1, q2 = b2, q3 = b3;
      let w = weight;
      let from = row;
      for (let k = 0; k < inputs; k++) {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const w2 = v128.load(w, 32);
        const w3 = v128.load(w, 48);
        const xp = v128.load32_splat(from);
        const xq = v128.load32_splat(from + xStride);
        p0 = f32x4.add(p0, f32x4.mul(w0, xp));
        p1 = f32x4.add(p1, f32x4.mul(w1, xp));
        p2 = f32x4.add(p2, f32x4.mul(w2, xp));
        p3 = f32x4.add(p3, f32x4.mul(w3, xp));
        q0 = f32x4.add(q0, f32x4.mul(w0, xq));
        q1 = f32x4.add(q1, f32x4.mul(w1, xq));
        q2 = f32x4.add(q2, f32x4.mul(w2, xq));
        q3 = f32x4.add(q3, f32x4.mul(w3, xq));
        w += 64;
        from += 4;
      }
      v128.store(at, p0);
      v128.store(at, p1, 16);
      v128.store(at, p2, 32);
      v128.store(at, p3, 48);
      const next = at + outStride;
      v128.store(next, q0);
      v128.store(next, q1, 16);
      v128.store(next, q2, 32);
      v128.store(next, q3, 48);
      row += 2 * xStride;
      at += 2 * outStride;
    }
    if (i < n) {
      let p0 = b0, p1 = b1, p2 = b2, p3 = b3;
      let w = weight;
      for (let k = 0; k < inputs; k++) {
        const xp = v128.load32_splat(row + (<usize>k << 2));
        p0 = f32x4.add(p0, f32x4.mul(v128.load(w), xp));
        p1 = f32x4.add(p1, f32x4.mul(v128.load(w, 16), xp));
        p2 = f32x4.add(p2, f32x4.mul(v128.load(w, 32), xp));
        p3 = f32x4.add(p3, f32x4.mul(v128.load(w, 48), xp));
        w += 64;
      }
      v128.store(at, p0);
      v128.store(at, p1, 16);
      v128.store(at, p2, 32);
      v128.store(at, p3, 48);
    }
    weight += blockBytes;
    bias += 64;
    out += 64;
  }
}

/** 1.7159 tanh(0.666 u) in place; count is a multiple of 4. */
export function lecunTanh(at: usize, count: i32): void {
  const slope = f32x4.splat(0.666);
  const scale = f32x4.splat(1.7159);
  const end = at + (<usize>count << 2);
  for (; at < end; at += 16) v128.store(at, f32x4.mul(scale, tanh4(f32x4.mul(slope, v128.load(at)))));
}

/** next = g (1 - gated t) + t k from heads [n, 4 x units] = [ff1, ff2, time_a, time_b]; units is a multiple of 4. Strides are in bytes. */
export function mixGated(
  heads: usize, headsStride: usize,
  elapsed: usize,
  next: usize, nextStride: usize,
  n: i32, units: i32, gated: f32,
): void {
  const width = <usize>units << 2;
  const one = f32x4.splat(1);
  const share = f32x4.splat(gated);
  for (let i = 0; i < n; i++) {
    const span = v128.load32_splat(elapsed);
    for (let at: usize = 0; at < width; at += 16) {
      const f = heads + at;
      const g = tanh4(v128.load(f));
      const k = tanh4(v128.load(f + width));
      const t = sigmoid4(f32x4.add(f32x4.mul(v128.load(f + 2 * width), span), v128.load(f + 3 * width)));
      v128.store(next + at, f32x4.add(f32x4.mul(g, f32x4.sub(one, f32x4.mul(share, t))), f32x4.mul(t, k)));
    }
    heads += headsStride;
    elapsed += 4;
    next += nextStride;
  }
}

/** next = a - a exp(-dt (tau + |f|)) f, tau [units] being |w_tau|. */
export function mixPure(
  heads: usize, headsStride: usize,
  elapsed: usize, tau: usize, a: usize,
  next: usize, nextStride: usize,
  n: i32, units: i32,
): void {
  const width = <usize>units << 2;
  const one = f32x4.splat(1);
  for (let i = 0; i < n; i++) {
    const span = v128.load32_splat(elapsed);
    for (let at: usize = 0; at < width; at += 16) {
      const f = v128.load(heads + at);
      const rate = f32x4.add(v128.load(tau + at), f32x4.abs(f));
      const decay = exp4(f32x4.neg(f32x4.mul(span, rate)));
      v128.store(next + at, f32x4.mul(v128.load(a + at), f32x4.sub(one, f32x4.mul(decay, f))));
    }
    heads += headsStride;
    elapsed += 4;
    next += nextStride;
  }
}

/** e^x, relative error below 3e-7 for |x| up to 87; beyond it the value there. x = m ln 2 + r, e^x = 2^m e^r, e^r by its series. */
@inline function exp4(x: v128): v128 {
  const limited = f32x4.max(f32x4.min(x, f32x4.splat(87)), f32x4.splat(-87));
  const m = f32x4.nearest(f32x4.mul(limited, f32x4.splat(1.44269504)));
  // ln 2 in two parts, the first exact in few bits.
  const r = f32x4.sub(f32x4.sub(limited, f32x4.mul(m, f32x4.splat(0.693359375))), f32x4.mul(m, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.0 / 5040.0);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 720.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(m), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

@inline function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))));
}

/** Absolute error below 2e-7. */
@inline function tanh4(x: v128): v128 {
  const e = exp4(f32x4.add(x, x));
  return f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(f32x4.splat(1), e)));
}
