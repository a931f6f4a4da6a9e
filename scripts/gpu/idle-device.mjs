/**
 * A WebGPU device that takes everything and computes nothing: what is encoded for a device can be counted without one.
 *
 * @param workgroupMemory - Bytes of workgroup memory that it claims to have.
 */
export function idleGpu(workgroupMemory = 49_152) {
  const limits = {
    maxBufferSize: 2 ** 32,
    maxStorageBufferBindingSize: 2 ** 31,
    maxComputeWorkgroupStorageSize: workgroupMemory,
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupSizeX: 1024,
  };
  const info = { vendor: 'none', architecture: '', device: '', description: 'an idle device' };
  return { requestAdapter: async () => ({ limits, info, requestDevice: async () => idleDevice(limits) }) };
}

function idleDevice(limits) {
  const nothing = () => {};
  const pass = { setPipeline: nothing, setBindGroup: nothing, dispatchWorkgroups: nothing, end: nothing };
  return {
    limits,
    lost: new Promise(nothing),
    queue: { writeBuffer: nothing, submit: nothing },
    createBuffer: ({ size }) => ({
      size,
      destroy: nothing,
      mapAsync: async () => {},
      unmap: nothing,
      getMappedRange: (_start = 0, bytes = size) => new ArrayBuffer(bytes),
    }),
    createShaderModule: () => ({ getCompilationInfo: async () => ({ messages: [] }) }),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createComputePipelineAsync: async () => ({}),
    createBindGroup: () => ({}),
    createCommandEncoder: () => ({
      beginComputePass: () => pass,
      copyBufferToBuffer: nothing,
      finish: () => ({}),
    }),
    destroy: nothing,
  };
}
