/**
 * Products and factors of small dense matrices, row-major float64, as the SOAP optimizer needs them. Rows of the right
 * factor are combined four at a time: V8 does not vectorise, so what counts is loads and stores per multiply-add.
 */

/** C = A B; A is m × k, B is k × n. */
export function multiply(c: Float64Array, a: Float64Array, b: Float64Array, m: number, k: number, n: number): void {
  c.fill(0, 0, m * n);
  for (let i = 0; i < m; i++) accumulate(c, i * n, a, i * k, 1, b, k, n);
}

/** C = Aᵀ B; A is k × m, B is k × n. */
export function multiplyTransposed(
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  c.fill(0, 0, m * n);
  for (let i = 0; i < m; i++) accumulate(c, i * n, a, i, m, b, k, n);
}

/** c[0…n) += Σ_p a[p] B[p, ·] for p = 0 … k − 1, the a's `stride` apart. */
function accumulate(
  c: Float64Array,
  cStart: number,
  a: Float64Array,
  aStart: number,
  stride: number,
  b: Float64Array,
  k: number,
  n: number,
): void {
  let p = 0;
  for (; p + 3 < k; p += 4) {
    const a0 = a[aStart + p * stride]!;
    const a1 = a[aStart + (p + 1) * stride]!;
    const a2 = a[aStart + (p + 2) * stride]!;
    const a3 = a[aStart + (p + 3) * stride]!;
    const b0 = p * n;
    const b1 = b0 + n;
    const b2 = b1 + n;
    const b3 = b2 + n;
    for (let j = 0; j < n; j++) {
      c[cStart + j]! += a0 * b[b0 + j]! + a1 * b[b1 + j]! + (a2 * b[b2 + j]! + a3 * b[b3 + j]!);
    }
  }
  for (; p < k; p++) {
    const factor = a[aStart + p * stride]!;
    for (let j = 0; j < n; j++) c[cStart + j]! += factor * b[p * n + j]!;
  }
}

/** C = A Bᵀ; A is m × k, B is n × k. */
export function multiplyByTranspose(
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  for (let i = 0; i < m; i++) {
    let j = 0;
    for (; j + 3 < n; j += 4) {
      let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
      const b0 = j * k;
      const b1 = b0 + k;
      const b2 = b1 + k;
      const b3 = b2 + k;
      for (let p = 0; p < k; p++) {
        const x = a[i * k + p]!;
        sum0 += x * b[b0 + p]!;
        sum1 += x * b[b1 + p]!;
        sum2 += x * b[b2 + p]!;
        sum3 += x * b[b3 + p]!;
      }
      c[i * n + j] = sum0;
      c[i * n + j + 1] = sum1;
      c[i * n + j + 2] = sum2;
      c[i * n + j + 3] = sum3;
    }
    for (; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[j * k + p]!;
      c[i * n + j] = sum;
    }
  }
}

/** B = Aᵀ; A is m × n. */
export function transpose(b: Float64Array, a: Float64Array, m: number, n: number): void {
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) b[j * m + i] = a[i * n + j]!;
}

/** S ← β S + (1 − β) Aᵀ A, symmetric; A is k × n, S is n × n. */
export function decayGram(s: Float64Array, a: Float64Array, k: number, n: number, beta: number): void {
  const weight = 1 - beta;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) s[i * n + j]! *= beta;
    let p = 0;
    for (; p + 1 < k; p += 2) {
      const a0 = weight * a[p * n + i]!;
      const a1 = weight * a[(p + 1) * n + i]!;
      for (let j = i; j < n; j++) s[i * n + j]! += a0 * a[p * n + j]! + a1 * a[(p + 1) * n + j]!;
    }
    for (; p < k; p++) {
      const factor = weight * a[p * n + i]!;
      for (let j = i; j < n; j++) s[i * n + j]! += factor * a[p * n + j]!;
    }
    for (let j = i + 1; j < n; j++) s[j * n + i] = s[i * n + j]!;
  }
}

/**
 * Orthonormal factor of the QR factorisation of A, n × n, by Householder reflections, for any rank of A. Both are passed
 * as transposes, so that columns lie in a row.
 *
 * @param q - Receives Qᵀ. @param a - Aᵀ, destroyed.
 */
export function orthonormalize(q: Float64Array, a: Float64Array, n: number): void {
  // Reflector k is stored over column k from its diagonal on; a zero column needs none.
  const scales = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const column = k * n;
    let squaredNorm = 0;
    for (let i = k; i < n; i++) squaredNorm += a[column + i]! ** 2;
    if (squaredNorm === 0) continue;
    const diagonal = a[column + k]!;
    const norm = diagonal > 0 ? -Math.sqrt(squaredNorm) : Math.sqrt(squaredNorm);
    a[column + k] = diagonal - norm;
    scales[k] = 1 / (squaredNorm - diagonal * norm); // 2/‖v‖²
    for (let j = k + 1; j < n; j++) reflect(a, j * n, a, column, k, n, scales[k]!);
  }
  q.fill(0, 0, n * n);
  for (let j = 0; j < n; j++) q[j * n + j] = 1;
  for (let k = n - 1; k >= 0; k--) {
    // Columns before k are still unit vectors that reflector k does not touch.
    if (scales[k] !== 0) for (let j = k; j < n; j++) reflect(q, j * n, a, k * n, k, n, scales[k]!);
  }
}

/** x ← x − scale (v·x) v on the entries from k on. */
function reflect(
  x: Float64Array,
  xStart: number,
  v: Float64Array,
  vStart: number,
  k: number,
  n: number,
  scale: number,
): void {
  let dot = 0;
  for (let i = k; i < n; i++) dot += v[vStart + i]! * x[xStart + i]!;
  if (dot === 0) return;
  const factor = scale * dot;
  for (let i = k; i < n; i++) x[xStart + i]! -= factor * v[vStart + i]!;
}
