/**
 * Colour maps that colour-blind people read, as a few anchors each, between which colours are linear: Cividis (Nuñez,
 * Anderton and Renslow, 2018) for what has one sign, and from blue over a neutral tone to orange for differences.
 */
type Rgb = readonly [number, number, number];

const CIVIDIS: readonly Rgb[] = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];

const DIFFERENCE = {
  light: [
    [8, 81, 156],
    [107, 174, 214],
    [247, 247, 247],
    [253, 141, 60],
    [166, 54, 3],
  ],
  dark: [
    [126, 196, 255],
    [38, 99, 160],
    [24, 27, 34],
    [176, 84, 16],
    [255, 178, 102],
  ],
} as const satisfies Record<string, readonly Rgb[]>;

/** A field of one sign, one whose depths are what matters, or a difference. */
export type MapKind = 'value' | 'depth' | 'difference';

function anchorsOf(kind: MapKind, dark: boolean): readonly Rgb[] {
  if (kind === 'difference') return DIFFERENCE[dark ? 'dark' : 'light'];
  return kind === 'depth' ? CIVIDIS.toReversed() : CIVIDIS;
}

/** 256 colours, packed as the pixels of an image are. */
export function colorTable(kind: MapKind, dark: boolean): Uint32Array {
  const anchors = anchorsOf(kind, dark);
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const place = (i / 255) * (anchors.length - 1);
    const first = Math.min(Math.floor(place), anchors.length - 2);
    const [r, g, b] = [0, 1, 2].map((c) => {
      const [a, z] = [anchors[first]![c]!, anchors[first + 1]![c]!];
      return Math.round(a + (place - first) * (z - a));
    }) as [number, number, number];
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}
