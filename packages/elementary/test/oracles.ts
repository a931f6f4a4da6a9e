/** Exact values as integers over 2^bits: only BigInt arithmetic, series by their definitions. */
export interface Exact {
  readonly value: bigint;
  readonly bits: number;
}

/** A double as an integer over 2^bits, exact when bits ≥ 1074. */
function fixed(x: number, bits: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const word = view.getBigUint64(0);
  const exponent = Number(word >> 52n);
  const mantissa = (word & ((1n << 52n) - 1n)) | (exponent === 0 ? 0n : 1n << 52n);
  const shift = BigInt(Math.max(exponent, 1) - 1075 + bits);
  const size = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return x < 0 ? -size : size;
}

/** |found − exact| in units of the last place of the exact value's binade, subnormal numbers included. */
export function ulps(found: number, { value, bits }: Exact): number {
  const size = value < 0n ? -value : value;
  const exponent = size === 0n ? -1022 : Math.max(-1022, size.toString(2).length - 1 - bits);
  const place = exponent - 52;
  const difference = fixed(found, bits) - value;
  // 2^20 times the number of units, as an integer.
  const shift = BigInt(bits + place - 20);
  const scaled = shift >= 0n ? difference >> shift : difference << -shift;
  return Math.abs(Number(scaled)) / 2 ** 20;
}

const memory = new Map<string, bigint>();
function remembered(key: string, compute: () => bigint): bigint {
  let value = memory.get(key);
  if (value === undefined) memory.set(key, (value = compute()));
  return value;
}

/** artanh(1/n) or, alternating, arctan(1/n), over 2^bits. */
function inverse(n: bigint, bits: number, alternating: boolean): bigint {
  let term = (1n << BigInt(bits)) / n;
  let sum = 0n;
  for (let k = 0n; term !== 0n; k++) {
    sum += (alternating && k % 2n === 1n ? -term : term) / (2n * k + 1n);
    term /= n * n;
  }
  return sum;
}

/** log 2 = 2 artanh(1/3) */
const ln2 = (bits: number) => remembered(`log 2, ${bits}`, () => 2n * inverse(3n, bits, false));
/** π = 16 arctan(1/5) − 4 arctan(1/239) */
const pi = (bits: number) =>
  remembered(`π, ${bits}`, () => 16n * inverse(5n, bits, true) - 4n * inverse(239n, bits, true));

/** Σ r^k/k! over the powers that `sign` keeps: 1 for all. */
function series(r: bigint, bits: number, first: 0 | 1, step: 1 | 2): bigint {
  const shift = BigInt(bits);
  let term = first === 0 ? 1n << shift : r;
  let sum = 0n;
  for (let k = BigInt(first); term !== 0n && term !== -1n; ) {
    sum += term;
    if (step === 1) term = ((term * r) >> shift) / (k + 1n);
    else term = -((term * ((r * r) >> shift)) >> shift) / ((k + 1n) * (k + 2n));
    k += BigInt(step);
  }
  return sum;
}

export function exactExp(x: number): Exact {
  const bits = 1400;
  const value = fixed(x, bits);
  const k = value / ln2(bits);
  const rest = series(value - k * ln2(bits), bits, 0, 1);
  return { value: k >= 0n ? rest << k : rest >> -k, bits };
}

/** 2 artanh((m − 1)/(m + 1)) + k log 2, x = 2^k m, by repeated products. */
export function exactLog(x: number): Exact {
  const bits = 320;
  const shift = BigInt(bits);
  let k = 0n;
  let mantissa = x;
  for (; mantissa < 2 ** -200; k -= 200n) mantissa *= 2 ** 200;
  for (; mantissa > 2 ** 200; k += 200n) mantissa *= 2 ** -200;
  for (; mantissa < 1; k -= 1n) mantissa *= 2;
  for (; mantissa >= 2; k += 1n) mantissa /= 2;
  const m = fixed(mantissa, bits);
  const one = 1n << shift;
  const s = ((m - one) << shift) / (m + one);
  const square = (s * s) >> shift;
  let sum = 0n;
  let term = s;
  for (let n = 1n; term !== 0n; n += 2n) {
    sum += term / n;
    term = (term * square) >> shift;
  }
  return { value: 2n * sum + k * ln2(bits), bits };
}

/** sin(x + turns π/2) */
function turned(x: number, turns: bigint): Exact {
  const bits = 1400;
  const value = fixed(x, bits);
  const halfPi = pi(bits) / 2n;
  let n = value / halfPi;
  let rest = value - n * halfPi;
  if (rest < 0n) {
    rest += halfPi;
    n -= 1n;
  }
  const quadrant = (((n + turns) % 4n) + 4n) % 4n;
  // Over fewer bits, relative to which the rest is still exact to more than 100.
  const kept = Math.abs(x) > 2 ** 30 ? bits : 400;
  const r = rest >> BigInt(bits - kept);
  const result = quadrant % 2n === 0n ? series(r, kept, 1, 2) : series(r, kept, 0, 2);
  return { value: quadrant >= 2n ? -result : result, bits: kept };
}

export const exactSin = (x: number): Exact => turned(x, 0n);
export const exactCos = (x: number): Exact => turned(x, 1n);

/** 2 artanh(x/(2 + x)); slow near −1. */
export function exactLog1p(x: number): Exact {
  const bits = 1400;
  const shift = BigInt(bits);
  const value = fixed(x, bits);
  const s = (value << shift) / ((2n << shift) + value);
  const square = (s * s) >> shift;
  let sum = 0n;
  let term = s;
  for (let n = 1n; term !== 0n && term !== -1n; n += 2n) {
    sum += term / n;
    term = (term * square) >> shift;
  }
  return { value: 2n * sum, bits };
}

/** ⌊√n⌋, by Newton's iteration from above. */
function squareRoot(n: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Half the angle six times over, tan(α/2) = t/(1 + √(1 + t²)), then the series. */
export function exactAtan(x: number): Exact {
  const bits = 1400;
  const shift = BigInt(bits);
  const one = 1n << shift;
  let t = fixed(x, bits);
  for (let half = 0; half < 6; half++) t = (t << shift) / (one + squareRoot((one << shift) + t * t));
  const square = (t * t) >> shift;
  let sum = 0n;
  let term = t;
  for (let n = 1n; term !== 0n && term !== -1n; n += 2n) {
    sum += term / n;
    term = -((term * square) >> shift);
  }
  return { value: sum << 6n, bits };
}

export function exactPower(x: number, n: number): Exact {
  const bits = 1400;
  const shift = BigInt(bits);
  const one = 1n << shift;
  let result = one;
  let base = fixed(x, bits);
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * base) >> shift;
    base = (base * base) >> shift;
  }
  return { value: n < 0 ? (one << shift) / result : result, bits };
}
