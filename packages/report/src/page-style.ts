/** Style sheet of the page: one column of serif text, tables with horizontal rules only, figures on white cards. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1b1b1b; --soft: #5c5c5c; --line: #c9c7c0; --band: #f3f2ec; --accent: #0b4f7c;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #e4e2dc; --soft: #a5a39c; --line: #43464b; --band: #1e2125; --accent: #8cc4ee; }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 54rem; padding: 3.5rem 1.25rem 4rem;
  font: 1.0625rem/1.55 "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, "DejaVu Serif", serif;
  overflow-wrap: break-word;
}
header { border-bottom: 1px solid var(--line); margin-bottom: 2.25rem; padding-bottom: 1.4rem; }
h1 { font-size: 2rem; line-height: 1.2; font-weight: 600; letter-spacing: -0.01em; margin: 0; text-wrap: balance; }
.subtitle { color: var(--soft); font-size: 1.125rem; font-style: italic; margin: 0.6rem 0 0; }
h2 { font-size: 1.3rem; line-height: 1.3; font-weight: 600; margin: 2.6rem 0 0.8rem; color: var(--accent); }
p { margin: 0 0 0.9rem; text-wrap: pretty; }
.table { margin: 1.5rem 0 1.9rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
table {
  border-collapse: collapse; min-width: 100%; font-size: 0.875rem; line-height: 1.4;
  border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink);
  font-variant-numeric: lining-nums tabular-nums;
}
caption { caption-side: top; text-align: left; padding: 0 0 0.55rem; font-size: 0.9375rem; color: var(--soft); }
thead { border-bottom: 1px solid var(--ink); }
th, td { padding: 0.3rem 0.5rem; text-align: left; vertical-align: baseline; }
th { font-weight: 600; vertical-align: bottom; }
td { white-space: nowrap; }
td.wrap { white-space: normal; }
th:first-child, td:first-child { padding-left: 0.3rem; }
th:last-child, td:last-child { padding-right: 0.3rem; }
th.number, td.number { text-align: right; }
tbody tr:nth-child(even) { background: var(--band); }
tbody tr + tr { border-top: 1px solid var(--line); }
sup { font-size: 0.72em; line-height: 0; }
.note { color: var(--soft); font-size: 0.875rem; line-height: 1.45; margin: 0.55rem 0 0; }
figure { margin: 1.7rem 0 2.1rem; }
.card { background: #fff; border: 1px solid var(--line); border-radius: 4px; padding: 0.7rem; overflow-x: auto; }
.card svg { display: block; width: 100%; max-width: 720px; min-width: 30rem; height: auto; margin: 0 auto; }
figcaption { color: var(--soft); font-size: 0.9375rem; line-height: 1.45; margin-top: 0.65rem; }
figcaption b { color: var(--ink); font-weight: 600; }
footer {
  border-top: 1px solid var(--line); color: var(--soft); font-size: 0.875rem; margin-top: 3.5rem; padding-top: 1rem;
}
@media (max-width: 34rem) {
  body { padding: 2rem 1rem 3rem; font-size: 1rem; }
  h1 { font-size: 1.6rem; }
  th, td { padding: 0.3rem 0.4rem; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #333; --line: #bbb; --band: #f6f6f6; --accent: #000; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2 { break-after: avoid; }
  figure, .table { break-inside: avoid; }
}
`.trim();
