/**
 * What a device could do at best, from its data sheet: float32 multiply-adds per second outside the matrix units (a
 * multiply-add counts as two operations there). The matrix units take no full float32.
 */
const PEAK = [
  [/h100|h200/i, 33.5e12],
  [/a100/i, 9.75e12],
  [/l40|4090/i, 41e12],
];

/** How much of its peak a device reaches at so many steps per second; nothing where its peak is not known. */
export function roofline(adapter, multiplyAddsPerStep, stepsPerSecond) {
  const peak = PEAK.find(([name]) => name.test(adapter))?.[1];
  const done = multiplyAddsPerStep * stepsPerSecond;
  const rate = { multiplyAddsPerStep, multiplyAddsPerSecond: Number(done.toPrecision(3)) };
  if (!peak) return rate;
  return {
    ...rate,
    peakMultiplyAdds: peak,
    ofPeak: Number((done / peak).toPrecision(2)),
    stepsPerSecondAtPeak: Number((peak / multiplyAddsPerStep).toPrecision(3)),
  };
}
