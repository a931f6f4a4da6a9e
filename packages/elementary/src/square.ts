/** x², one product: what `x ** 2` is in some runtimes and to a last bit in others. */
export function square(x: number): number {
  return x * x;
}
