/** Round numbers that divide a range into some `count` parts. */
export function niceTicks(least: number, most: number, count: number): number[] {
  if (!(most > least)) return [least];
  const rough = (most - least) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999)!;
  const ticks: number[] = [];
  for (let i = Math.ceil(least / step - 1e-9); i * step <= most + 1e-9 * step; i++) ticks.push(i * step);
  return ticks;
}

/** Round numbers of a logarithmic range, some `count` of them: powers of ten, with 2 and 5 between where there is room. */
export function logarithmicTicks(least: number, most: number, count: number): number[] {
  const [first, last] = [Math.floor(Math.log10(least)), Math.floor(Math.log10(most))];
  const within = (tick: number) => tick >= least * (1 - 1e-9) && tick <= most * (1 + 1e-9);
  const decades = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  const finer = decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]).filter(within);
  if (finer.length <= count + 1) return finer;
  const stride = Math.max(1, Math.ceil(decades.length / count));
  return decades.filter((decade, i) => i % stride === 0 && within(decade));
}

const MINUS = '−';

/** A number of an axis with as many digits as the distance to the next needs. */
export function tickText(value: number, step: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-4) {
    const power = (x: number) => Math.floor(Math.log10(Math.abs(x)) + 1e-9);
    return scientific(value, Math.max(1, 1 + power(value) - power(step)));
  }
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  return value.toFixed(digits).replace('-', MINUS);
}

/** A number of a logarithmic axis: 20, 0.5, 2·10⁻⁵. */
export function logarithmicTickText(value: number): string {
  return value >= 0.01 && value < 1e4 ? String(Number(value.toPrecision(1))) : scientific(value, 1);
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 1.3·10⁻⁵ */
export function scientific(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
  const raised = exponent
    .replace('+', '')
    .replace('-', '⁻')
    .replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]!);
  const factor = mantissa.replace('-', MINUS);
  return /^1(\.0*)?$/.test(mantissa) ? `10${raised}` : `${factor}·10${raised}`;
}
