/**
 * Layers as products of matrices, z = Ξ Wᵀ, δ = ∂z W and ∂W = ∂zᵀ Ξ, with a row of Ξ for each site: the numbers of its window,
 * one after the other. What is read and written is said by tables.
 */

/** Words of a product in the tables: those of the shader's `Product`. */
export const PRODUCT_WORDS = 13;

/** Columns that an item does: a number of the row is read once for all of them. */
export const STRIP = 3;

/** Items of a product: a strip of a row each. */
export const strips = (rows: number, columns: number): number => rows * Math.ceil(columns / STRIP);

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const lines = (count: number, line: (i: number) => string) => range(count).map(line).join('\n          ');

/** The next `count` numbers of a run, written out, so that all that is read is on its way together. */
const terms = (read: string, count: number) => /* wgsl */ `
          ${lines(count, (c) => `let x${c} = ${read}(x + ${c}u); let w${c} = weightsAt(w + ${c}u * p.perNumber);`)}
          ${lines(count, (c) => `sum = fma(vec3f(x${c}), w${c}, sum);`)}`;

/** A strip of a row: columns `column` and the next two; for those beyond the last the last again. */
const product = (read: string, runs: readonly number[]) => /* wgsl */ `
fn ${read}Product(p: Product, site: u32, column: u32) -> vec3f {
  var place = columnsFrom(column, p.columns) * p.perColumn + p.weight + site * p.perSite;
  var entry = site * p.places;
  let end = entry + p.places;
  var sum = vec3f();
  while (entry < end) {
    let next = entry + p.copies;
    for (; entry < next; entry++) {
      let offset = offsetOf(p.table, p.run, entry);
      if (offset == NONE) { continue; }
      var x = p.start + offset;
      var w = place + offset * p.perOffset;
      switch p.run {
        ${runs.map((run) => `case ${run}u: {${terms(read, run)}\n        }`).join('\n        ')}
        default: {
          let last = x + p.run;
          for (; x + 4u <= last; x += 4u) {${terms(read, 4)}
            w += 4u * p.perNumber;
          }
          for (; x < last; x++) {
            sum += ${read}(x) * weightsAt(w);
            w += p.perNumber;
          }
        }
      }
    }
    place += p.perPlace;
  }
  return sum;
}
`;

/** Sites of a sum over sites whose numbers are on their way together. */
const SITES = 8;

/** @param runs - Lengths of runs that are written out. */
export const productShaders = (runs: readonly number[]): string => /* wgsl */ `
// Row i has so many places, each a run of numbers, which lie where the table says, from start on: one after the other without a
// table, and nowhere where padding lies. The weight of number c at place j is weight + j / copies perPlace + c perNumber, and so
// on by column and, where every site has weights of its own, by site or by offset.
struct Product {
  rows: u32, columns: u32,
  start: u32, table: u32, places: u32, run: u32, copies: u32,
  weight: u32, perPlace: u32, perNumber: u32, perColumn: u32, perSite: u32, perOffset: u32,
}
fn productAt(at: u32) -> Product {
  return Product(
    tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u], tables[at + 4u], tables[at + 5u], tables[at + 6u],
    tables[at + 7u], tables[at + 8u], tables[at + 9u], tables[at + 10u], tables[at + 11u], tables[at + 12u]);
}

// Where an entry of a table says that its run begins, or NONE.
fn offsetOf(table: u32, run: u32, entry: u32) -> u32 {
  if (table == NONE) { return entry * run; }
  return tables[table + entry];
}

fn stripsOf(columns: u32) -> u32 { return (columns + ${STRIP - 1}u) / ${STRIP}u; }
fn columnsFrom(column: u32, columns: u32) -> vec3u {
  return min(vec3u(column, column + 1u, column + 2u), vec3u(columns - 1u));
}
fn weightsAt(w: vec3u) -> vec3f { return vec3f(parameters[w.x], parameters[w.y], parameters[w.z]); }

${product('act', runs)}
${product('gradientAt', runs)}

// Where the numbers of sites lie: so many places, each a run.
struct Rows { start: u32, table: u32, places: u32, run: u32 }

// ∂loss/∂W of three columns: Σ_i Ξ[i, k] ∂z[i, c'] over the sites from first to end; of the biases where there is no number k.
fn weightsProduct(p: Product, slopes: Rows, k: u32, column: u32, first: u32, end: u32) -> vec3f {
  let isBias = k == p.places * p.run;
  let place = select(k / p.run, 0u, isBias);
  let x = p.start + k - place * p.run;
  let columns = columnsFrom(column, p.columns);
  let among = columns / slopes.run;
  let z = columns - among * slopes.run + slopes.start;
  var sum = vec3f();
  var i = first;
  for (; i + ${SITES}u <= end; i += ${SITES}u) {
          ${lines(SITES, (s) => `let x${s} = windowNumber(p, i + ${s}u, place, x, isBias); let z${s} = slopesAt(slopes, i + ${s}u, among, z);`)}
          ${lines(SITES, (s) => `sum = fma(vec3f(x${s}), z${s}, sum);`)}
  }
  for (; i < end; i++) { sum += windowNumber(p, i, place, x, isBias) * slopesAt(slopes, i, among, z); }
  return sum;
}
// Number x of a place of a site: 1 for the biases, 0 where padding lies.
fn windowNumber(p: Product, site: u32, place: u32, x: u32, isBias: bool) -> f32 {
  if (isBias) { return 1.0; }
  let offset = offsetOf(p.table, p.run, site * p.places + place);
  if (offset == NONE) { return 0.0; }
  return act(x + offset);
}
fn slopesAt(slopes: Rows, site: u32, among: vec3u, z: vec3u) -> vec3f {
  let entry = site * slopes.places + among;
  return vec3f(
    gradientAt(z.x + offsetOf(slopes.table, slopes.run, entry.x)),
    gradientAt(z.y + offsetOf(slopes.table, slopes.run, entry.y)),
    gradientAt(z.z + offsetOf(slopes.table, slopes.run, entry.z)));
}
`;
