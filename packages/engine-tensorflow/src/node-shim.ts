/**
 * Node 23 removed `util.isNullOrUndefined` and other functions that the native bindings of TensorFlow.js 4.22 still call.
 * Restores the two that they use, where missing.
 *
 * @param util - The CommonJS module object of `node:util`, which the bindings read at every call.
 */
export function restoreNullChecks(util: Record<string, unknown>): void {
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}
