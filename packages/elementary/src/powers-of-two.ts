/** 2^k for k = −1022 … 1023, at k + 1022: the normal numbers, by exact products. */
export const POWERS_OF_TWO = powersOfTwo();

function powersOfTwo(): Float64Array {
  const table = new Float64Array(2046);
  let up = 1;
  let down = 1;
  for (let k = 0; k < 1023; k++, up *= 2, down /= 2) {
    table[1022 + k] = up;
    table[1022 - k] = down;
  }
  table[2045] = up;
  return table;
}
