import type { TopLevelSpec } from 'vega-lite';
import { escapeHtml } from './escape.js';
import { textWidth } from './text-width.js';

/** Font and color of the text in every figure. */
export const FONT = 'Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif';
export const INK = '#222222';

/** Exported by vega, but missing in its types. */
interface TextMetrics {
  readonly textMetrics: { width: (item: { fontSize?: number }, text: string | null | undefined) => number };
}

/** The common style of all figures. */
const CONFIG = {
  // the figure as a whole has the description; one label per dot would only add bulk
  aria: false,
  background: '#ffffff',
  font: FONT,
  padding: { left: 4, right: 14, top: 6, bottom: 4 },
  view: { stroke: null },
  axis: {
    domainColor: '#555555',
    tickColor: '#555555',
    gridColor: '#e4e4e4',
    labelColor: INK,
    labelFontSize: 12,
    titleColor: INK,
    titleFontSize: 13,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelFlush: false,
  },
  // a fixed width for the labels: panels align, and no text has to be measured
  axisY: { minExtent: 52, maxExtent: 52 },
  axisX: { grid: false },
  legend: {
    orient: 'top',
    title: null,
    labelColor: INK,
    labelFontSize: 13,
    labelLimit: 0,
    symbolType: 'stroke',
    symbolSize: 700,
    symbolOpacity: 1,
    columnPadding: 14,
    offset: 6,
  },
  title: { color: INK, fontSize: 15, fontWeight: 'bold', anchor: 'start', offset: 10 },
} as const;

/**
 * Renders a Vega-Lite specification without a browser, a canvas or network access.
 *
 * @param spec the specification, with all its data inline
 * @param description for screen readers
 */
export async function renderSvg(spec: object, description: string): Promise<string> {
  // loaded for the first figure: tables in a terminal do not need vega
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  // vega's own estimate is far too wide, and node-canvas, if another package installed it, depends on the fonts
  (vega as unknown as TextMetrics).textMetrics.width = ({ fontSize = 11 }, text) => textWidth(text ?? '', fontSize);
  const logger = vega.logger(vega.Error);
  const compiled = vegaLite.compile({ ...spec, config: CONFIG } as unknown as TopLevelSpec, { logger }).spec;
  const loader = { ...vega.loader(), load: refuse, sanitize: refuse, http: refuse, file: refuse };
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', loader, logger });
  try {
    const svg = await view.toSVG();
    return svg.replace('<svg ', `<svg role="img" aria-label="${escapeHtml(description)}" `);
  } finally {
    view.finalize();
  }
}

async function refuse(): Promise<never> {
  throw new Error('a figure holds all its data; nothing is loaded');
}
