import type { Field } from './schema.js';
import type { FieldStatistics } from './statistics.js';

/** Extents in pixels: one panel per column, three per row. */
const PANEL = { width: 240, height: 120, gap: 16, title: 18, axis: 16 } as const;
const PANELS_PER_ROW = 3;

/** Histograms of all numeric columns as one SVG figure. */
export function histogramsSvg(fields: readonly Field[], statistics: readonly FieldStatistics[]): string {
  const panels = fields.flatMap((field, i) => {
    const entry = statistics[i]!;
    return entry.kind === 'numbers' ? [{ field, entry }] : [];
  });
  const step = { x: PANEL.width + PANEL.gap, y: PANEL.title + PANEL.height + PANEL.axis + PANEL.gap };
  const rows = Math.max(1, Math.ceil(panels.length / PANELS_PER_ROW));
  const [width, height] = [PANELS_PER_ROW * step.x + PANEL.gap, rows * step.y + PANEL.gap];
  const drawn = panels.map(({ field, entry: { histogram, least, greatest } }, i) => {
    const x = PANEL.gap + (i % PANELS_PER_ROW) * step.x;
    const y = PANEL.gap + Math.floor(i / PANELS_PER_ROW) * step.y;
    return `<g transform="translate(${x} ${y})">
<text y="12" font-weight="bold">${escaped(field.name)}</text>
<path d="${bars(histogram)}" fill="#4c78a8"/>
<line y1="${PANEL.title + PANEL.height}" x2="${PANEL.width}" y2="${PANEL.title + PANEL.height}" stroke="#888"/>
<text y="${PANEL.title + PANEL.height + 13}">${tick(least)}</text>
<text x="${PANEL.width}" y="${PANEL.title + PANEL.height + 13}" text-anchor="end">${tick(greatest)}</text>
</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
${drawn.join('\n')}
</svg>
`;
}

/** One path for all bars, scaled to the highest. */
function bars(histogram: readonly number[]): string {
  const highest = Math.max(...histogram);
  const width = PANEL.width / histogram.length;
  const bottom = PANEL.title + PANEL.height;
  return histogram
    .map((count, i) => ({ count, x: i * width }))
    .filter(({ count }) => count > 0)
    .map(({ count, x }) => `M${x} ${bottom}v${-((PANEL.height * count) / highest).toFixed(2)}h${width}V${bottom}z`)
    .join('');
}

function tick(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function escaped(value: string): string {
  return value.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
