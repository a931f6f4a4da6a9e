/**
 * Samples as the moves of `@dyadic/mnn` give them: a sample is stored as it is, and read through its move. The words of the
 * moves follow the numbers of the samples in `indices`.
 */
export const MOVES = /* wgsl */ `
// Where the move of the sample at place b of the batch begins, and the point that point q of the grid takes its value from.
fn sourcePoint(b: u32, q: u32) -> u32 {
  let dimension = tables[net.grid];
  let words = step.moves + b * dimension;
  var rest = q;
  var source = 0u;
  for (var k = dimension; k > 0u; k--) {
    let word = indices[words + k - 1u];
    let at = net.grid + 1u + 2u * (word & 3u);
    let points = tables[at];
    let i = rest % points;
    rest /= points;
    let to = (word >> 3u) + select(i, points - i, (word & 4u) != 0u);
    source += tables[at + 1u] * (to % points);
  }
  return source;
}

// The same for place p of the input or of a field of the target: where in the list of points, and of places, its table begins.
fn sourcePlace(b: u32, p: u32, points: u32, places: u32) -> u32 {
  let q = tables[points + p];
  if (q == NONE) { return p; }
  return tables[places + sourcePoint(b, q)];
}

// Which number of its sample's input, and of its target, number i is at place b of a batch.
fn inputNumber(b: u32, i: u32) -> u32 {
  if (step.moves == NONE) { return i; }
  let lists = net.grid + 7u;
  let fields = tables[lists];
  return sourcePlace(b, i / fields, tables[lists + 1u], tables[lists + 2u]) * fields + i % fields;
}
fn targetNumber(b: u32, i: u32) -> u32 {
  if (step.moves == NONE) { return i; }
  let lists = net.grid + 7u;
  let field = i / net.points * net.points;
  return field + sourcePlace(b, i - field, tables[lists + 3u], tables[lists + 4u]);
}
`;
