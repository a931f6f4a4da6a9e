/** Four float32 lanes as two pairs of float64, and back. */

/** The upper two lanes as the lower two. */
export function upper(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/** Four float32 from two pairs of float64. */
export function demote(low: v128, high: v128): v128 {
  const first = f32x4.demote_f64x2_zero(low);
  const last = f32x4.demote_f64x2_zero(high);
  return i8x16.shuffle(first, last, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}
