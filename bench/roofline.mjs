/**
 * What a device could do at best, from its maker's data sheet: float32 multiply-adds per second outside the matrix units, which
 * take no full float32 (data sheets count two operations each), bytes per second of its memory, and multiprocessors.
 */
export const DEVICES = [
  { name: 'H200', multiplyAdds: 33.5e12, bytes: 4.8e12, processors: 132, source: 'NVIDIA H200 data sheet, SXM' },
  { name: 'H100', multiplyAdds: 33.5e12, bytes: 3.35e12, processors: 132, source: 'NVIDIA H100 data sheet, SXM' },
  {
    name: 'A100',
    multiplyAdds: 9.75e12,
    bytes: 2.04e12,
    processors: 108,
    source: 'NVIDIA A100 data sheet, SXM, 80 GB',
  },
  { name: 'L40', multiplyAdds: 45.25e12, bytes: 0.864e12, processors: 142, source: 'NVIDIA L40 data sheet' },
  { name: '4090', multiplyAdds: 41.3e12, bytes: 1.008e12, processors: 128, source: 'NVIDIA RTX 4090 specifications' },
];

/** The device of an adapter's description, if its data sheet is here. */
export function deviceOf(adapter) {
  return DEVICES.find(({ name }) => adapter.toLowerCase().includes(name.toLowerCase()));
}

/**
 * Steps per second that a device allows: by its arithmetic, on so many workgroups at a time, and by its memory. Neither counts
 * what a dispatch takes to start and to wait for the one before.
 */
export function bounds(device, { multiplyAdds, bytes }, workgroups = Number.POSITIVE_INFINITY) {
  const busy = Math.min(1, workgroups / device.processors);
  return { byArithmetic: (busy * device.multiplyAdds) / multiplyAdds, byMemory: device.bytes / bytes };
}

/** How much of what its device allows a step reaches; only the work where the data sheet is not here. */
export function roofline(adapter, work, stepsPerSecond, workgroups) {
  const device = deviceOf(adapter);
  if (!device) return work;
  const { byArithmetic, byMemory } = bounds(device, work, workgroups);
  const most = Math.min(byArithmetic, byMemory);
  const limit = byArithmetic < byMemory ? 'arithmetic' : 'memory';
  return {
    ...work,
    bound: Number(most.toPrecision(3)),
    limit,
    ofBound: Number((stepsPerSecond / most).toPrecision(2)),
  };
}
