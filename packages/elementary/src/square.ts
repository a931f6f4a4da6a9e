/** x², as the product x · x. In some runtimes the last bit of `x ** 2` differs from it. */
export function square(x: number): number {
  return x * x;
}
