import { TILE_ROWS, TILE_WORDS } from '../products.js';
import { CONSUMER_WORDS, NODE_WORDS } from './network.js';

/** Threads of a workgroup: a row and four columns each, and where there are fewer columns several share a sum. */
export const TILE_THREADS = 256;
const GROUPS = TILE_THREADS / TILE_ROWS;

/** Rows in workgroup memory lie so far apart that neither rows nor columns meet in one bank. */
const STRIDE = TILE_ROWS + 1;

/** Terms of a sum that are in workgroup memory at a time, by the bytes that there are of it. */
export function tileDepth(bytes: number): number {
  return [96, 64].find((depth) => 4 * depth * (STRIDE + 4 * GROUPS) <= bytes) ?? 32;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/**
 * Both factors of a tile, piece by piece of the sum, come into workgroup memory, where all threads use them: a thread
 * multiplies a number of its row by four columns at a time. The loads of a piece are written out, so that all of them are
 * on their way together: what they take is the time of one.
 *
 * @param left - WGSL of the factor at `row` and term `t`. @param right - At `t` and column `n`; both of the sum from `first` on.
 * @param alongTerms - Whether numbers next to each other in memory are terms of the sum, of the left and of the right.
 */
function piece(depth: number, left: string, right: string, alongTerms: { left: boolean; right: boolean }): string {
  const numbers = range((depth * TILE_ROWS) / TILE_THREADS);
  const fours = range((depth * GROUPS) / TILE_THREADS);
  return /* wgsl */ `
    let terms = min(most, tile.depth - first);
    workgroupBarrier();
    ${numbers
      .map(
        (k) => /* wgsl */ `
    let e${k} = thread + ${k * TILE_THREADS}u;
    ${
      alongTerms.left
        ? `let row${k} = quotient(e${k}, most); let t${k} = e${k} - row${k} * most;`
        : `let t${k} = e${k} / ROWS; let row${k} = e${k} % ROWS;`
    }
    let x${k} = ${left}(tile, rows, row${k}, select(NONE, first + t${k}, t${k} < terms));`,
      )
      .join('')}
    ${fours
      .map(
        (k) => /* wgsl */ `
    let f${k} = thread + ${k * TILE_THREADS}u;
    ${
      alongTerms.right
        ? `let four${k} = quotient(f${k}, most); let s${k} = f${k} - four${k} * most;`
        : `let s${k} = quotient(f${k}, tile.fours); let four${k} = f${k} - s${k} * tile.fours;`
    }
    let n${k} = tile.column + 4u * four${k};
    let u${k} = select(NONE, first + s${k}, s${k} < terms);
    let y${k} = vec4f(${range(4)
      .map((i) => `${right}(tile, factor, u${k}, n${k} + ${i}u)`)
      .join(', ')});`,
      )
      .join('')}
    ${numbers.map((k) => `if (row${k} < ROWS && t${k} < most) { left[t${k} * STRIDE + row${k}] = x${k}; }`).join('\n    ')}
    ${fours.map((k) => `if (s${k} < most && four${k} < tile.fours) { right[s${k} * tile.fours + four${k}] = y${k}; }`).join('\n    ')}
    workgroupBarrier();
    sum = accumulate(tile, thread, most, sum);`;
}

/** A sum of products over all its pieces. */
const product = (name: string, factor: string, body: string) => /* wgsl */ `
fn ${name}(tile: Tile, rows: Rows, factor: ${factor}, thread: u32, before: vec4f) -> vec4f {
  var sum = before;
  let most = pieceOf(tile);
  for (var first = 0u; first < tile.depth; first += most) {
${body}
  }
  return sum;
}
`;

/** Entry points `forward`, `delta` and `weights` that do tiles, and items where a node is no product. */
export function tileStages(depth: number): string {
  const windows = { left: true, right: false };
  return /* wgsl */ `
const ROWS = ${TILE_ROWS}u;
const STRIDE = ${STRIDE}u;
const TILE_THREADS = ${TILE_THREADS}u;
const DEPTH = ${depth}u;
var<workgroup> left: array<f32, DEPTH * STRIDE>;
var<workgroup> right: array<vec4f, DEPTH * ${GROUPS}u>;

// A tile of a product: its place, the size of the product and how many terms its sums have.
struct Tile { record: u32, row: u32, rows: u32, column: u32, columns: u32, fours: u32, depth: u32 }

// Terms of a piece: all pieces have as many, and all threads that share a sum a multiple of four of them.
fn pieceOf(tile: Tile) -> u32 {
  let pieces = (tile.depth + DEPTH - 1u) / DEPTH;
  let multiple = 4u * sharesOf(tile);
  return ((tile.depth + pieces - 1u) / pieces + multiple - 1u) / multiple * multiple;
}
// Threads that share a sum, a power of two, so that pieces fit.
fn sharesOf(tile: Tile) -> u32 { return 1u << firstLeadingBit(${GROUPS}u / tile.fours); }

// n / d, right for n below 2^21: divisions of integers are slow.
fn quotient(n: u32, d: u32) -> u32 { return u32((f32(n) + 0.5) / f32(d)); }

fn rowsOf(p: Product) -> Rows { return Rows(p.start, p.table, p.places, p.run); }
// Where number k of a site lies, or NONE. Nothing branches, so that the loads of several need not wait for each other.
fn numberOf(rows: Rows, site: u32, k: u32) -> u32 {
  let place = quotient(k, rows.run);
  let entry = site * rows.places + place;
  let isPlain = rows.table == NONE;
  let offset = select(tables[select(rows.table + entry, 0u, isPlain)], entry * rows.run, isPlain);
  return select(rows.start + offset + k - place * rows.run, NONE, offset == NONE);
}

fn weightOf(tile: Tile, p: Product, k: u32, n: u32) -> f32 {
  let place = quotient(k, p.run);
  let at = p.weight + quotient(place, p.copies) * p.perPlace + (k - place * p.run) * p.perNumber + n * p.perColumn;
  let isThere = k != NONE && n < p.columns;
  return select(0.0, parameters[select(0u, at, isThere)], isThere);
}

${(['act', 'gradientAt'] as const)
  .map(
    (read) => /* wgsl */ `
fn ${read}OfRow(tile: Tile, rows: Rows, row: u32, k: u32) -> f32 {
  let site = tile.row + row;
  let isThere = k != NONE && site < tile.rows;
  let at = numberOf(rows, select(0u, site, isThere), select(0u, k, isThere));
  return select(0.0, ${read}(select(at, 0u, at == NONE)), isThere && at != NONE);
}`,
  )
  .join('')}

// Rows of ∂W are the numbers of a window, and one that is always 1, of the biases; the sum is over sites.
fn windowNumber(tile: Tile, rows: Rows, row: u32, site: u32) -> f32 {
  let k = tile.row + row;
  let isThere = site != NONE && k + 1u < tile.rows;
  let at = numberOf(rows, select(0u, site, isThere), select(0u, k, isThere));
  let number = select(0.0, act(select(at, 0u, at == NONE)), isThere && at != NONE);
  return select(number, 1.0, site != NONE && k + 1u == tile.rows);
}
fn slopeOf(tile: Tile, slopes: Rows, site: u32, n: u32) -> f32 {
  let isThere = site != NONE && n < tile.columns;
  let at = numberOf(slopes, select(0u, site, isThere), select(0u, n, isThere));
  return select(0.0, gradientAt(select(0u, at, isThere)), isThere);
}

// A thread's share of the sums of its row and four columns.
fn accumulate(tile: Tile, thread: u32, terms: u32, before: vec4f) -> vec4f {
  var sum = before;
  let shares = sharesOf(tile);
  let group = thread / ROWS;
  let share = group / tile.fours;
  if (share >= shares) { return sum; }
  let length = terms / shares;
  var a = share * length * STRIDE + thread % ROWS;
  var b = share * length * tile.fours + group % tile.fours;
  for (var t = 0u; t < length; t += 4u) {
    ${range(4)
      .map((i) => `sum += left[a + ${i}u * STRIDE] * right[b + ${i}u * tile.fours];`)
      .join('\n    ')}
    a += 4u * STRIDE;
    b += 4u * tile.fours;
  }
  return sum;
}

${product('forwardProduct', 'Product', piece(depth, 'actOfRow', 'weightOf', { left: true, right: true }))}
${product('deltaProduct', 'Product', piece(depth, 'gradientAtOfRow', 'weightOf', windows))}
${product('slopesProduct', 'Rows', piece(depth, 'windowNumber', 'slopeOf', { left: false, right: false }))}

// All sums of a tile, where every thread can take them, share by share.
fn shareSums(tile: Tile, thread: u32, sum: vec4f) {
  workgroupBarrier();
  if (thread / ROWS < sharesOf(tile) * tile.fours) {
    let at = thread / ROWS * 4u * STRIDE + thread % ROWS;
    for (var i = 0u; i < 4u; i++) { left[at + i * STRIDE] = sum[i]; }
  }
  workgroupBarrier();
}
fn sumAt(tile: Tile, row: u32, column: u32) -> f32 {
  var sum = 0.0;
  for (var share = 0u; share < sharesOf(tile); share++) {
    sum += left[(4u * tile.fours * share + column) * STRIDE + row];
  }
  return sum;
}

// Tile k of the stage; without columns it is a chunk of items.
fn tileAt(k: u32) -> Tile {
  let at = stage.chunks + ${TILE_WORDS}u * k;
  return Tile(tables[at], tables[at + 1u], 0u, tables[at + 3u], tables[at + 2u], tables[at + 4u], 0u);
}
fn widthOf(tile: Tile) -> u32 { return min(4u * tile.fours, tile.columns - tile.column); }

@compute @workgroup_size(TILE_THREADS)
fn forward(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let k = chunkOf(workgroup);
  if (place(workgroup.z) >= step.count || k >= stage.count) { return; }
  var tile = tileAt(k);
  if (tile.columns == 0u) { forwardItem(tile.record, tile.row + thread); return; }
  let node = nodeAt(tile.record);
  let layer = layerAt(tile.record + ${NODE_WORDS}u);
  let p = layer.product;
  tile.rows = p.rows;
  tile.depth = p.places * p.run;
  shareSums(tile, thread, forwardProduct(tile, rowsOf(p), p, thread, vec4f()));
  let width = widthOf(tile);
  for (var e = thread; e < ROWS * width; e += TILE_THREADS) {
    let row = quotient(e, width);
    let column = e - row * width;
    let n = tile.column + column;
    if (tile.row + row >= tile.rows) { break; }
    finishForward(node, (tile.row + row) * tile.columns + n, sumAt(tile, row, column) + parameters[layer.bias + n]);
  }
}

@compute @workgroup_size(TILE_THREADS)
fn delta(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let k = chunkOf(workgroup);
  if (place(workgroup.z) >= step.count || k >= stage.count) { return; }
  var tile = tileAt(k);
  if (tile.columns == 0u) { deltaItem(tile.record, tile.row + thread); return; }
  let node = nodeAt(tile.record);
  tile.rows = node.numbers / tile.columns;
  var products = vec4f();
  for (var c = 0u; c < node.consumers; c++) {
    let it = node.firstConsumer + ${CONSUMER_WORDS}u * c;
    if (tables[it] != 0u) { continue; }
    let p = productAt(it + 1u);
    tile.depth = p.places * p.run;
    products = deltaProduct(tile, rowsOf(p), p, thread, products);
  }
  shareSums(tile, thread, products);
  let width = widthOf(tile);
  for (var e = thread; e < ROWS * width; e += TILE_THREADS) {
    let row = quotient(e, width);
    let column = e - row * width;
    if (tile.row + row >= tile.rows) { break; }
    finishDelta(node, (tile.row + row) * tile.columns + tile.column + column, sumAt(tile, row, column));
  }
}

@compute @workgroup_size(TILE_THREADS)
fn weights(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let k = chunkOf(workgroup);
  if (place(workgroup.z) >= step.count || k >= stage.count) { return; }
  var tile = tileAt(k);
  if (tile.columns == 0u) {
    weightItem(tile.record, tile.row + thread);
    return;
  }
  let layer = layerAt(tile.record + ${NODE_WORDS}u);
  let p = layer.product;
  let fanIn = p.places * p.run;
  tile.rows = fanIn + 1u;
  tile.depth = p.rows;
  shareSums(tile, thread, slopesProduct(tile, rowsOf(p), layer.slopes, thread, vec4f()));
  for (var e = thread; e < ROWS * widthOf(tile); e += TILE_THREADS) {
    let row = tile.row + e % ROWS;
    let n = tile.column + e / ROWS;
    if (row >= tile.rows) { continue; }
    let index = select(p.weight + n * fanIn + row, layer.bias + n, row == fanIn);
    addPartial(index, sumAt(tile, e % ROWS, e / ROWS));
  }
}
`;
}
