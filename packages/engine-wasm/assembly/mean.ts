/** y[k] = mean(x) for every k, in each lane, summed in float64: the output stage `mean`, and its transpose. */

import { demote, upper } from './lanes';

export function mean(x: usize, y: usize, size: i32): void {
  let low = f64x2.splat(0);
  let high = low;
  for (const end = x + ((<usize>size) << 4); x < end; x += 16) {
    const value = v128.load(x);
    low = f64x2.add(low, f64x2.promote_low_f32x4(value));
    high = f64x2.add(high, f64x2.promote_low_f32x4(upper(value)));
  }
  const points = f64x2.splat(<f64>size);
  const average = demote(f64x2.div(low, points), f64x2.div(high, points));
  for (const end = y + ((<usize>size) << 4); y < end; y += 16) v128.store(y, average);
}
