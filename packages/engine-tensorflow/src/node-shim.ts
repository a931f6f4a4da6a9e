/**
 * Node 23 removed `util.isNullOrUndefined` and others that the native bindings of TensorFlow.js 4.22 still call. Puts
 * back the two they use, where they are missing.
 *
 * @param util - The CommonJS module object of `node:util`, which the bindings read at every call.
 */
export function restoreNullChecks(util: Record<string, unknown>): void {
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}
