/**
 * Elementary functions to float32 accuracy. WGSL promises little of its own (`log` near 1 has an absolute error of 2⁻²¹,
 * `exp` a relative one that grows with its argument), so that softplus of a negative number would have no correct digit.
 */
export const FUNCTIONS = /* wgsl */ `
// By its bits: comparisons of what is not a number are left to the driver.
fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

// e^x = 2^n e^r, r = x − n ln 2 with ln 2 in two parts (Cody and Waite 1980), |r| ≤ ln 2 / 2; Taylor's series to r⁷.
fn exponential(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let y = clamp(x, -103.0, 89.0);
  let n = round(y * 1.4426950408889634);
  let r = (y - n * 0.693359375) + n * 2.12194440054690583e-4;
  let p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0
    + r * (1.0 / 720.0 + r / 5040.0))))));
  // In two factors, so that neither leaves the range of exponents; 2^128 must become infinity by multiplication.
  let half = i32(n) / 2;
  return p * powerOfTwo(half) * powerOfTwo(i32(n) - half);
}
fn powerOfTwo(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }

// log(1 + u) = 2 artanh(u / (2 + u)) for 0 ≤ u ≤ 1, by the series of artanh, whose argument is at most 1/3.
fn logOnePlus(u: f32) -> f32 {
  let s = u / (2.0 + u);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0
    + q * (1.0 / 13.0 + q / 15.0)))))));
}

// e^x − 1, near 0 by Taylor's series to x⁷.
fn exponentialMinusOne(x: f32) -> f32 {
  if (abs(x) <= 0.5) {
    return x * (1.0 + x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * (1.0 / 720.0 + x / 5040.0))))));
  }
  return exponential(x) - 1.0;
}

fn positivePart(x: f32) -> f32 { return select(x, 0.0, x < 0.0); }
fn heaviside(x: f32) -> f32 { return select(0.0, 1.0, x > 0.0); }
fn softplus(z: f32) -> f32 { return max(z, 0.0) + logOnePlus(exponential(-abs(z))); }
fn logistic(z: f32) -> f32 {
  let e = exponential(-abs(z));
  return select(e, 1.0, z > 0.0) / (1.0 + e);
}

// Near 0 by Lambert's continued fraction down to x²/9, elsewhere 1 − 2 / (e^(2x) + 1).
fn hyperbolicTangent(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let q = x * x;
  if (q < 0.4) { return x * (945.0 + q * (105.0 + q)) / (945.0 + q * (420.0 + 15.0 * q)); }
  let t = 1.0 - 2.0 / (exponential(2.0 * min(abs(x), 20.0)) + 1.0);
  return select(t, -t, x < 0.0);
}
`;
