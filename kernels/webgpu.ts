/**
 * The WebGPU backend: WGSL kernels on Deno's built-in WebGPU.
 *
 * Commands are encoded into one compute pass until something must leave it (a copy, a clear) or the host needs a
 * result. Scalars go through one uniform buffer with dynamic offsets; bind groups are cached, since a training
 * step repeats the same dispatches.
 */

import {
  alignElements,
  type Backend,
  type DeviceBuffer,
  type DeviceDescription,
  DeviceError,
  DeviceMemoryError,
  type DeviceTraits,
  type HostArray,
  type KernelSpec,
  type MemoryUse,
  type View,
  VIEW_ALIGNMENT,
} from "./backend.ts";

/** Bytes between the scalars of two dispatches: the portable alignment of a dynamic uniform offset. */
const SCALAR_STRIDE = 256;
/** Dispatches whose scalars fit before the commands must be submitted. */
const SCALAR_SLOTS = 4096;
/** Features asked for when the adapter has them. Deno grants subgroups although it does not list them. */
const OPTIONAL_FEATURES = ["subgroups", "timestamp-query"];

interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly scalarTypes: readonly string[];
}

class WebGpuBuffer implements DeviceBuffer {
  constructor(
    readonly id: number,
    readonly label: string,
    readonly capacity: number,
    readonly gpu: GPUBuffer,
  ) {}
}

/** The adapter that `openWebGpu` opens, or null when this machine has none. */
export async function findAdapter(): Promise<GPUAdapter | null> {
  return await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }) ?? null;
}

/** Opens the default adapter, or null when this machine has none. */
export async function openWebGpu(): Promise<WebGpuBackend | null> {
  const adapter = await findAdapter();
  if (!adapter) return null;
  const { device, features } = await requestDevice(adapter);
  const software = adapter.info.isFallbackAdapter;
  const { subgroupMinSize, subgroupMaxSize } = adapter.info;
  const uniform = features.includes("subgroups") && subgroupMinSize === subgroupMaxSize;
  return new WebGpuBackend(device, {
    backend: "webgpu",
    adapter: adapter.info.description,
    vendor: adapter.info.vendor,
    device: adapter.info.device,
    software,
    features,
  }, {
    subgroupSize: uniform ? subgroupMinSize : 0,
    software,
    readsAreFree: false,
    maxBufferElements: Math.floor(
      Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize) / 4,
    ),
  });
}

/** A device with as many of the optional features and as large bindings as the adapter grants. */
async function requestDevice(adapter: GPUAdapter): Promise<{ device: GPUDevice; features: string[] }> {
  const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage };
  let current: GPUAdapter | null = adapter;
  for (let wanted = OPTIONAL_FEATURES; current; wanted = wanted.slice(0, -1)) {
    try {
      const device = await current.requestDevice({
        requiredFeatures: wanted as GPUFeatureName[],
        requiredLimits,
      });
      return { device, features: wanted };
    } catch (error) {
      if (wanted.length === 0) throw error;
      // An adapter is spent after a refused request.
      current = await findAdapter();
    }
  }
  throw new DeviceError("the WebGPU adapter disappeared while a device was requested; run the command again");
}

/** See the head of this file. Made by `openWebGpu`. */
class WebGpuBackend implements Backend {
  readonly ran = new Set<string>();
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #scalars = new ArrayBuffer(SCALAR_STRIDE * SCALAR_SLOTS);
  #scalarView = new DataView(this.#scalars);
  #scalarBuffer: GPUBuffer;
  #slots = 0;
  #pipelines = new Map<KernelSpec, Pipeline>();
  #bindGroups = new Map<string, GPUBindGroup>();
  #buffers = new Map<number, WebGpuBuffer>();
  #pipelineIds = new Map<KernelSpec, number>();
  #nextId = 1;
  #bytes = 0;
  #peakBytes = 0;
  #failure: string | null = null;
  #closed = false;

  constructor(
    readonly device: GPUDevice,
    readonly description: DeviceDescription,
    readonly traits: DeviceTraits,
  ) {
    this.#scalarBuffer = device.createBuffer({
      label: "scalars",
      size: SCALAR_STRIDE * SCALAR_SLOTS,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#failure ??= (event as GPUUncapturedErrorEvent).error.message;
    });
    device.lost.then((info) => {
      if (!this.#closed) this.#failure ??= `the device was lost (${info.reason}): ${info.message}`;
    });
  }

  allocate(label: string, length: number): View {
    const capacity = alignElements(Math.max(1, length));
    const size = capacity * 4;
    const limit = this.traits.maxBufferElements * 4;
    if (size > limit) {
      throw new DeviceMemoryError(
        `buffer "${label}" needs ${size} bytes, this device binds at most ${limit}; use a smaller micro-batch or model`,
      );
    }
    const gpu = this.device.createBuffer({
      label,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    const buffer = new WebGpuBuffer(this.#nextId++, label, capacity, gpu);
    this.#buffers.set(buffer.id, buffer);
    this.#bytes += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    return { buffer, offset: 0, length };
  }

  free(view: View): void {
    const buffer = this.#own(view);
    this.flush();
    this.#buffers.delete(buffer.id);
    for (const key of this.#bindGroups.keys()) {
      if (key.includes(`b${buffer.id}:`)) this.#bindGroups.delete(key);
    }
    this.#bytes -= buffer.capacity * 4;
    buffer.gpu.destroy();
  }

  write(view: View, data: HostArray): void {
    if (data.length > view.length) {
      throw new RangeError(
        `${data.length} elements do not fit ${view.buffer.label}, which has ${view.length}`,
      );
    }
    // Nothing to write, and Deno 2.9.6 would end the process.
    if (data.length === 0) return;
    // Queue writes happen before the commands submitted after them: what is buffered must go first.
    this.flush();
    this.device.queue.writeBuffer(
      this.#own(view).gpu,
      view.offset * 4,
      data.buffer as ArrayBuffer,
      data.byteOffset,
      data.byteLength,
    );
  }

  clear(view: View): void {
    this.#endPass();
    this.#commands().clearBuffer(this.#own(view).gpu, view.offset * 4, view.length * 4);
  }

  copy(from: View, to: View): void {
    if (from.length > to.length) {
      throw new RangeError(
        `${from.length} elements of ${from.buffer.label} do not fit ${to.buffer.label} (${to.length})`,
      );
    }
    this.#endPass();
    this.#commands().copyBufferToBuffer(
      this.#own(from).gpu,
      from.offset * 4,
      this.#own(to).gpu,
      to.offset * 4,
      from.length * 4,
    );
  }

  run<B extends string, S extends string>(
    kernel: KernelSpec<B, S>,
    buffers: Readonly<Record<NoInfer<B>, View>>,
    scalars: Readonly<Record<NoInfer<S>, number>>,
  ): void {
    if (this.#slots === SCALAR_SLOTS) this.flush();
    this.ran.add(kernel.name);
    const compiled = this.#pipeline(kernel);
    const group = this.#bindGroup(kernel, compiled, buffers);
    const offset = this.#slots++ * SCALAR_STRIDE;
    let at = offset;
    for (const name in kernel.scalars) {
      const value = scalars[name];
      if (kernel.scalars[name] === "f32") this.#scalarView.setFloat32(at, value, true);
      else if (kernel.scalars[name] === "u32") this.#scalarView.setUint32(at, value, true);
      else this.#scalarView.setInt32(at, value, true);
      at += 4;
    }
    const pass = this.#computePass();
    pass.setPipeline(compiled.pipeline);
    pass.setBindGroup(0, group, [offset]);
    pass.dispatchWorkgroups(...kernel.grid(scalars));
  }

  flush(): void {
    if (!this.#encoder) return;
    this.#endPass();
    if (this.#slots > 0) {
      this.device.queue.writeBuffer(this.#scalarBuffer, 0, this.#scalars, 0, this.#slots * SCALAR_STRIDE);
    }
    this.device.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.#slots = 0;
  }

  async read(...views: View[]): Promise<ArrayBuffer[]> {
    this.#endPass();
    const starts: number[] = [];
    let size = 0;
    for (const view of views) {
      starts.push(size);
      size += alignElements(view.length) * 4;
    }
    const staging = this.device.createBuffer({
      label: "staging",
      size: Math.max(size, 4),
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    try {
      views.forEach((view, i) => {
        if (view.length === 0) return;
        this.#commands().copyBufferToBuffer(
          this.#own(view).gpu,
          view.offset * 4,
          staging,
          starts[i]!,
          view.length * 4,
        );
      });
      this.flush();
      try {
        await staging.mapAsync(GPUMapMode.READ);
      } catch (error) {
        this.#failure ??= (error as Error).message;
      }
      if (this.#failure) throw new DeviceError(`WebGPU: ${this.#failure}`);
      const mapped = staging.getMappedRange();
      const results = views.map((view, i) => mapped.slice(starts[i]!, starts[i]! + view.length * 4));
      staging.unmap();
      return results;
    } finally {
      staging.destroy();
    }
  }

  memory(): MemoryUse {
    return { bytes: this.#bytes, peakBytes: this.#peakBytes };
  }

  resetPeak(): void {
    this.#peakBytes = this.#bytes;
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pass?.end();
    for (const buffer of this.#buffers.values()) buffer.gpu.destroy();
    this.#scalarBuffer.destroy();
    this.device.destroy();
  }

  #own(view: View): WebGpuBuffer {
    const buffer = this.#buffers.get(view.buffer.id);
    if (!buffer || buffer !== view.buffer) {
      throw new DeviceError(`buffer "${view.buffer.label}" was freed or belongs to another backend`);
    }
    return buffer;
  }

  #commands(): GPUCommandEncoder {
    return this.#encoder ??= this.device.createCommandEncoder();
  }

  #computePass(): GPUComputePassEncoder {
    return this.#pass ??= this.#commands().beginComputePass();
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = null;
  }

  #pipeline(kernel: KernelSpec): Pipeline {
    const known = this.#pipelines.get(kernel);
    if (known) return known;
    const names = Object.keys(kernel.buffers);
    const layout = this.device.createBindGroupLayout({
      label: kernel.name,
      entries: [
        ...names.map((name, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: {
            type: kernel.buffers[name] === "read" ? "read-only-storage" as const : "storage" as const,
          },
        })),
        {
          binding: names.length,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: "uniform" as const, hasDynamicOffset: true, minBindingSize: 0 },
        },
      ],
    });
    const module = this.device.createShaderModule({ label: kernel.name, code: kernel.wgsl.join("\n") });
    const pipeline = this.device.createComputePipeline({
      label: kernel.name,
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: kernel.entry, constants: { ...kernel.constants } },
    });
    const compiled = { pipeline, layout, scalarTypes: Object.values<string>(kernel.scalars) };
    this.#pipelines.set(kernel, compiled);
    this.#pipelineIds.set(kernel, this.#nextId++);
    return compiled;
  }

  #bindGroup(kernel: KernelSpec, compiled: Pipeline, views: Readonly<Record<string, View>>): GPUBindGroup {
    const names = Object.keys(kernel.buffers);
    let key = `k${this.#pipelineIds.get(kernel)}`;
    for (const name of names) {
      const view = views[name]!;
      key += `,b${view.buffer.id}:${view.offset}+${view.length}`;
    }
    const known = this.#bindGroups.get(key);
    if (known) return known;
    const entries = names.map((name, binding) => {
      const view = views[name]!;
      const buffer = this.#own(view);
      if (view.offset % VIEW_ALIGNMENT !== 0) {
        throw new RangeError(`${kernel.name}: ${name} starts at element ${view.offset}, not aligned`);
      }
      // Whole vec4s: the padding of the allocation makes room for the last one.
      const size = Math.max(16, Math.ceil(view.length / 4) * 16);
      return { binding, resource: { buffer: buffer.gpu, offset: view.offset * 4, size } };
    });
    const group = this.device.createBindGroup({
      label: kernel.name,
      layout: compiled.layout,
      entries: [
        ...entries,
        { binding: names.length, resource: { buffer: this.#scalarBuffer, offset: 0, size: SCALAR_STRIDE } },
      ],
    });
    this.#bindGroups.set(key, group);
    return group;
  }
}
