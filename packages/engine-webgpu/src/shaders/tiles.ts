import { TILE_COLUMNS, TILE_ROWS, TILE_WORDS } from '../products.js';
import { CONSUMER_WORDS, NODE_WORDS } from './network.js';

/** Rows, and fours of columns, lie so far apart in workgroup memory that those of neighbouring threads do not meet in one bank. */
const STRIDE = TILE_ROWS + 1;
const FOURS_STRIDE = TILE_COLUMNS / 4 + 1;

/**
 * Threads of a workgroup, which have a row and four columns each and share a sum where there are fewer columns, and the terms of a
 * sum that are in workgroup memory at a time: no fewer than four for each that shares it.
 */
export interface TileShape {
  readonly threads: number;
  readonly depth: number;
}

/** As many threads as a device has, and as many terms as there is workgroup memory for. */
export function tileShape(invocations: number, bytes: number): TileShape {
  const shapes = [512, 256].flatMap((threads) => [128, 64, 32].map((depth) => ({ threads, depth })));
  const fits = ({ threads, depth }: TileShape) =>
    threads <= invocations && depth >= (4 * threads) / TILE_ROWS && 4 * depth * (STRIDE + 4 * FOURS_STRIDE) <= bytes;
  return shapes.find(fits) ?? { threads: 256, depth: 32 };
}

const each = (count: number, line: (k: number) => string) =>
  Array.from({ length: count }, (_, k) => line(k)).join('\n      ');

/** Numbers of a row, and fours of columns, that a thread has on their way at a time: what they take is the time of one. */
const NUMBERS = 6;
const FOURS = 3;

/**
 * Terms `first` to `first + most` of the rows of a tile, for all threads to use. A thread has a term of its own, which is number k
 * of a row at the same place in all of them, and takes every step-th row.
 */
const loadRows = (read: string) => /* wgsl */ `
    let t = thread % most;
    let step = TILE_THREADS / most;
    let k = min(first + t, tile.depth - 1u);
    let place = k / p.run;
    let x = p.start + k - place * p.run;
    let isTerm = first + t < tile.depth;
    let group = select(ROWS, thread / most, thread < step * most);
    for (var row = group; row < ROWS; row += ${NUMBERS}u * step) {
      ${each(NUMBERS, (i) => `let isThere${i} = isTerm && tile.row + row + ${i}u * step < tile.rows;`)}
      ${each(NUMBERS, (i) => `let at${i} = offsetIn(rowsOf(p), select(0u, (tile.row + row + ${i}u * step) * p.places, isThere${i}) + place);`)}
      ${each(NUMBERS, (i) => `let x${i} = ${read}(select(x + at${i}, 0u, at${i} == NONE));`)}
      ${each(NUMBERS, (i) => `if (row + ${i}u * step < ROWS) { left[t * STRIDE + row + ${i}u * step] = select(0.0, x${i}, isThere${i} && at${i} != NONE); }`)}
    }`;

/** Their weights, in whose rows the terms lie next to each other. */
const loadWeights = /* wgsl */ `
    let w = p.weight + place * p.perPlace + (k - place * p.run) * p.perNumber;
    for (var four = group; four < tile.fours; four += ${FOURS}u * step) {
      ${each(FOURS, (i) => `let w${i} = columnsOf(tile, four + ${i}u * step) * p.perColumn + w;`)}
      ${each(FOURS, (i) => `let y${i} = fourWeights(w${i});`)}
      ${each(FOURS, (i) => `if (four + ${i}u * step < tile.fours) { right[t * FOURS_STRIDE + four + ${i}u * step] = y${i}; }`)}
    }`;

/** The weights of a transpose, in which the columns lie next to each other. */
const loadTransposed = /* wgsl */ `
    let four = thread % tile.fours;
    let column = columnsOf(tile, four) * p.perColumn + p.weight;
    let next = TILE_THREADS / tile.fours;
    let perRun = 1.0 / f32(p.run);
    let perCopy = 1.0 / f32(p.copies);
    for (var s = select(most, thread / tile.fours, thread < next * tile.fours); s < most; s += ${FOURS}u * next) {
      ${each(FOURS, (i) => `let k${i} = min(first + s + ${i}u * next, tile.depth - 1u); let place${i} = quotient(k${i}, perRun);`)}
      ${each(FOURS, (i) => `let y${i} = fourWeights(column + quotient(place${i}, perCopy) * p.perPlace + (k${i} - place${i} * p.run) * p.perNumber);`)}
      ${each(FOURS, (i) => `if (s + ${i}u * next < most) { right[(s + ${i}u * next) * FOURS_STRIDE + four] = y${i}; }`)}
    }`;

/** For ∂W terms are sites, and a row is a number of their windows, or 1 for the biases: a thread's stays the same. */
const loadWindows = /* wgsl */ `
    let row = thread % ROWS;
    let k = tile.row + row;
    let isBias = k + 1u >= tile.rows;
    let place = select(k / p.run, 0u, isBias);
    let x = select(p.start + k - place * p.run, p.start, isBias);
    let step = TILE_THREADS / ROWS;
    for (var t = thread / ROWS; t < most; t += ${NUMBERS}u * step) {
      ${each(NUMBERS, (i) => `let isThere${i} = first + t + ${i}u * step < tile.depth;`)}
      ${each(NUMBERS, (i) => `let at${i} = offsetIn(rowsOf(p), select(0u, (first + t + ${i}u * step) * p.places, isThere${i}) + place);`)}
      ${each(NUMBERS, (i) => `let x${i} = select(act(select(x + at${i}, 0u, at${i} == NONE)), 1.0, isBias);`)}
      ${each(NUMBERS, (i) => `if (t + ${i}u * step < most) { left[(t + ${i}u * step) * STRIDE + row] = select(0.0, x${i}, isThere${i} && (isBias || at${i} != NONE)); }`)}
    }`;

/** And the columns are ∂z of the sites. */
const loadSlopes = /* wgsl */ `
    let four = thread % tile.fours;
    let columns = columnsOf(tile, four);
    let among = columns / slopes.run;
    let z = columns - among * slopes.run + slopes.start;
    let next = TILE_THREADS / tile.fours;
    for (var s = select(most, thread / tile.fours, thread < next * tile.fours); s < most; s += ${FOURS}u * next) {
      ${each(FOURS, (i) => `let entry${i} = min(first + s + ${i}u * next, tile.depth - 1u) * slopes.places + among;`)}
      ${each(FOURS, (i) => `let y${i} = fourSlopes(z + vec4u(offsetIn(slopes, entry${i}.x), offsetIn(slopes, entry${i}.y), offsetIn(slopes, entry${i}.z), offsetIn(slopes, entry${i}.w)));`)}
      ${each(FOURS, (i) => `if (s + ${i}u * next < most) { right[(s + ${i}u * next) * FOURS_STRIDE + four] = y${i}; }`)}
    }`;

/**
 * The sums of a thread's row and four columns. Both factors come into workgroup memory piece by piece, where all threads use them.
 * A sum with fewer terms than a piece has is filled up with zeros on the left.
 */
const product = (name: string, factors: string, load: string) => /* wgsl */ `
fn ${name}(tile: Tile, ${factors}, thread: u32, before: vec4f) -> vec4f {
  var sum = before;
  let most = pieceOf(tile);
  for (var first = 0u; first < tile.depth; first += most) {
    workgroupBarrier();
${load}
    workgroupBarrier();
    sum = accumulate(tile, thread, most, sum);
  }
  return sum;
}
`;

/** Entry points `forward`, `delta` and `weights` that do tiles, and items where a node is no product. */
export function tileStages({ threads, depth }: TileShape): string {
  const groups = threads / TILE_ROWS;
  return /* wgsl */ `
const ROWS = ${TILE_ROWS}u;
const STRIDE = ${STRIDE}u;
const FOURS_STRIDE = ${FOURS_STRIDE}u;
const TILE_THREADS = ${threads}u;
const DEPTH = ${depth}u;
var<workgroup> left: array<f32, DEPTH * STRIDE>;
var<workgroup> right: array<vec4f, DEPTH * FOURS_STRIDE>;

// A tile of a product: its place, the size of the product and how many terms its sums have.
struct Tile { record: u32, row: u32, rows: u32, column: u32, columns: u32, fours: u32, depth: u32 }

// Terms of a piece: all pieces have as many, and all threads that share a sum a multiple of four of them.
fn pieceOf(tile: Tile) -> u32 {
  let pieces = (tile.depth + DEPTH - 1u) / DEPTH;
  let multiple = 4u * sharesOf(tile);
  return ((tile.depth + pieces - 1u) / pieces + multiple - 1u) / multiple * multiple;
}
// Threads that share a sum, a power of two, so that pieces fit.
fn sharesOf(tile: Tile) -> u32 { return 1u << firstLeadingBit(${groups}u / tile.fours); }

// n / d by 1 / d, right for n below 2^21: divisions of integers are slow.
fn quotient(n: u32, inverse: f32) -> u32 { return u32((f32(n) + 0.5) * inverse); }

fn rowsOf(p: Product) -> Rows { return Rows(p.start, p.table, p.places, p.run); }
// As offsetOf, but nothing branches, so that the loads of several need not wait for each other.
fn offsetIn(rows: Rows, entry: u32) -> u32 {
  let isPlain = rows.table == NONE;
  return select(tables[select(rows.table + entry, 0u, isPlain)], entry * rows.run, isPlain);
}
// Four columns of a tile; for those beyond the last the last again.
fn columnsOf(tile: Tile, four: u32) -> vec4u {
  return min(vec4u(tile.column + 4u * four) + vec4u(0u, 1u, 2u, 3u), vec4u(tile.columns - 1u));
}
fn fourWeights(w: vec4u) -> vec4f { return vec4f(parameters[w.x], parameters[w.y], parameters[w.z], parameters[w.w]); }
fn fourSlopes(z: vec4u) -> vec4f { return vec4f(gradientAt(z.x), gradientAt(z.y), gradientAt(z.z), gradientAt(z.w)); }

// A thread's share of the sums of its row and four columns.
fn accumulate(tile: Tile, thread: u32, terms: u32, before: vec4f) -> vec4f {
  var sum = before;
  let shares = sharesOf(tile);
  let group = thread / ROWS;
  let share = group / tile.fours;
  if (share >= shares) { return sum; }
  let length = terms / shares;
  var a = share * length * STRIDE + thread % ROWS;
  var b = share * length * FOURS_STRIDE + group % tile.fours;
  for (var t = 0u; t < length; t += 4u) {
    ${each(4, (i) => `sum = fma(vec4f(left[a + ${i * STRIDE}u]), right[b + ${i * FOURS_STRIDE}u], sum);`)}
    a += 4u * STRIDE;
    b += 4u * FOURS_STRIDE;
  }
  return sum;
}

${product('forwardProduct', 'p: Product', loadRows('act') + loadWeights)}
${product('deltaProduct', 'p: Product', loadRows('gradientAt') + loadTransposed)}
${product('slopesProduct', 'p: Product, slopes: Rows', loadWindows + loadSlopes)}

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
  shareSums(tile, thread, forwardProduct(tile, p, thread, vec4f()));
  let width = widthOf(tile);
  for (var e = thread; e < ROWS * width; e += TILE_THREADS) {
    let row = e / width;
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
    products = deltaProduct(tile, p, thread, products);
  }
  shareSums(tile, thread, products);
  let width = widthOf(tile);
  for (var e = thread; e < ROWS * width; e += TILE_THREADS) {
    let row = e / width;
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
  shareSums(tile, thread, slopesProduct(tile, p, layer.slopes, thread, vec4f()));
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
