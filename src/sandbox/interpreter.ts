/**
 * CPython in WebAssembly: the interpreter of the npm package pyodide, started without Pyodide's own bridge to
 * JavaScript. What a WebAssembly instance can do is what its imports do, so the limits stand here, at the imports,
 * where no Python code can reach them: files live in memory and are counted, clocks and random bytes are made up and
 * the same every time, memory ends at a cap, executed code and output are metered, and every import that leads to
 * JavaScript ends the program.
 */

import createModule from "pyodide/pyodide.asm.mjs";
import { randomSequence } from "../../kernels/philox/random.ts";

/** What the interpreter is made of. */
export interface PythonFiles {
  /** `pyodide.asm.wasm`, compiled. */
  readonly module: WebAssembly.Module;
  /** `python_stdlib.zip`. */
  readonly library: Uint8Array;
}

export interface Limits {
  /** Bytes of memory beyond those of a started interpreter. */
  readonly memory: number;
  /** Bytes written to standard output and error. */
  readonly output: number;
  /** Bytes written to files in memory. */
  readonly files: number;
  /** Jumps and calls in Python, rows of digits in arithmetic with long integers, and output. */
  readonly steps: number;
}

/** Why a program was stopped from outside. It cannot catch this. */
export class Stop extends Error {
  override readonly name = "Stop";
  constructor(readonly reason: "clock" | "steps" | "output" | "forbidden" | "exit", detail: string) {
    super(detail);
  }
}

/** A descriptor beyond those of files. `read` fills a part of the array and returns how much; 0 is the end. */
export interface Channel {
  read(into: Uint8Array): number;
  write(bytes: Uint8Array): void;
}

/** What a run used. */
export interface Usage {
  readonly steps: number;
  readonly output: number;
  /** Whether memory was refused to the program. */
  readonly memoryRefused: boolean;
  /** Exit code, where the program called `_exit`. */
  readonly exit: number | null;
}

export interface Interpreter {
  /**
   * Runs source text as `__main__`, with fresh meters.
   * @param stopped asked at every step: whether the time is over
   * @throws Stop when a limit ends it; anything else that is thrown means that the interpreter crashed
   */
  run(source: string, channels: ReadonlyMap<number, Channel>, limits: Limits, stopped: () => boolean): void;
  usage(): Usage;
  /** A copy of the memory: with the files, everything an interpreter is. */
  image(): Uint8Array<ArrayBuffer>;
  /** Whether it can go back to an image; not when something outlives that (files written, memory grown far). */
  restorable(image: Uint8Array): boolean;
  /** Goes back to an image. False when it cannot, and this interpreter must not be used again. */
  restore(image: Uint8Array): boolean;
}

/** Emscripten's internals that are used here, of the pinned version. */
interface PythonModule {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  readonly HEAPU64: BigUint64Array;
  readonly ENV: Record<string, string>;
  readonly FS: {
    mkdirTree(path: string): void;
    writeFile(path: string, data: Uint8Array | string, options?: { canOwn: boolean }): void;
    chdir(path: string): void;
    close(stream: object): void;
    readonly streams: (object | null | undefined)[];
    readonly ErrnoError: new (code: number) => Error;
    readonly filesystems: { readonly MEMFS: FileStorage };
  };
  readonly HEAP32: Int32Array;
  readonly _Py_EMSCRIPTEN_SIGNAL_HANDLING: number;
  readonly __Py_emscripten_signal_clock: number;
  _PyRun_SimpleString(source: number): number;
  stringToNewUTF8(text: string): number;
  _free(pointer: number): void;
  stackSave(): number;
  growMemory(bytes: number): number | undefined;
}

interface FileNode {
  readonly contents: Uint8Array;
}
interface FileStorage {
  expandFileStorage(node: FileNode, capacity: number): void;
  resizeFileStorage(node: FileNode, size: number): void;
}

// deno-lint-ignore no-explicit-any
type Import = (...args: any[]) => unknown;
type Imports = Record<string, Record<string, Import>>;

/** Error numbers as Emscripten counts them. */
const EBADF = 8, EMFILE = 33, ENOSPC = 51, EPERM = 63;

/** Imports that read, compute, or tell about files in memory: kept as they are. */
const KEPT = new Set([
  ..."environ_sizes_get environ_get fd_seek fd_fdstat_get fd_sync clock_res_get fd_pread".split(" "),
  ..."__syscall_stat64 __syscall_lstat64 __syscall_newfstatat __syscall_fstat64 __syscall_getdents64".split(
    " ",
  ),
  ..."__syscall_getcwd __syscall_readlinkat __syscall_faccessat __syscall_fcntl64 __syscall_ioctl".split(" "),
  ..."__syscall_poll __syscall_fadvise64 __syscall_statfs64 __syscall_fstatfs64 __syscall_getuid32_js".split(
    " ",
  ),
  ..."_try_fcntl64 _maybe_poll_async emscripten_get_heap_max _emscripten_get_progname _tzset_js".split(" "),
  ..."_localtime_js _gmtime_js _mktime_js _timegm_js _munmap_js __call_sighandler".split(" "),
  "_PyEM_TrampolineCall_JS",
]);

/** Imports that change files or descriptors in memory: kept, but the interpreter is not used again. */
const CHANGING = new Set([
  ..."__syscall_umask_js __syscall_chdir __syscall_fchdir __syscall_chmod __syscall_fchmod".split(" "),
  ..."__syscall_fchmodat2 __syscall_fchownat __syscall_fchown32 __syscall_dup __syscall_dup3".split(" "),
  ..."__syscall_fdatasync __syscall_ftruncate64 __syscall_truncate64 __syscall_fallocate".split(" "),
  ..."__syscall_mkdirat __syscall_mknodat __syscall_unlinkat __syscall_rmdir __syscall_renameat".split(" "),
  ..."__syscall_symlinkat __syscall_utimensat _mmap_js _msync_js".split(" "),
]);

/** Imports that fail like system calls without permission. */
const REFUSED = new Set([
  ..."__syscall_pipe __syscall_socket __syscall_accept4 __syscall_bind __syscall_connect".split(" "),
  ..."__syscall_getpeername __syscall_getsockname __syscall_getsockopt __syscall_listen".split(" "),
  ..."__syscall_recvfrom __syscall_recvmsg __syscall_sendmsg __syscall_sendto".split(" "),
  ..."_setitimer_js _emscripten_system".split(" "),
]);

/** Imports that the start of the interpreter needs and a program never does. */
const START_ONLY = new Set([
  "__hiwire_deduplicate_new",
  "_Py_emscripten_runtime",
  "emscripten_runtime_keepalive_push",
]);

/** Jumps and calls between two checks for signals: a constant of CPython. */
const SIGNAL_INTERVAL = 50;
/** Bytes of output that cost as much as a step. */
const BYTES_PER_STEP = 16;
/** Descriptors below are the standard streams. */
const FIRST_FILE = 3;
const NOTHING: Channel = { read: () => 0, write() {} };
const MAX_FILES = 1000;
const PAGE = 65536;
/** Time of the first look at the clock, in nanoseconds since 1970, and how far each look advances it. */
const FIRST_TIME = 1_767_225_600_000_000_000n, TICK = 100_000n;

/**
 * Starts an interpreter.
 * @param image memory to begin with; null starts Python itself, which takes longer
 * @param files text files to put into `/sandbox`
 */
export async function startInterpreter(
  { module, library }: PythonFiles,
  image: Uint8Array | null,
  files: Readonly<Record<string, string>> = {},
): Promise<Interpreter> {
  let python: PythonModule;
  let channels: ReadonlyMap<number, Channel> = new Map();
  let limits: Limits = { memory: 64 << 20, output: 1 << 20, files: 1 << 20, steps: Infinity };
  let stopped = () => false;
  let sealed = false, changed = false, memoryRefused = false;
  let steps = 0, output = 0, written = 0, created = 0, looks = 0n;
  let exit: number | null = null;
  let base = image?.length ?? 0;
  let random = randomSequence({ seed: 0, stream: 0 });

  const now = () => FIRST_TIME + TICK * looks++;

  const tooManySteps = () => new Stop("steps", `the program took more than ${limits.steps} steps`);

  /** Counts bytes that a file is to take. @throws ErrnoError when there is no room */
  function store(bytes: number): void {
    written += bytes;
    if (sealed && written > limits.files) throw new python.FS.ErrnoError(ENOSPC);
  }

  /** The parts of memory that a read or a write names. */
  function* parts(vector: number, count: number): Generator<Uint8Array> {
    for (let at = vector >>> 2, i = 0; i < count; i++, at += 2) {
      const start = python.HEAPU32[at]!;
      yield python.HEAPU8.subarray(start, start + python.HEAPU32[at + 1]!);
    }
  }

  const lengthOf = (vector: number, count: number) => {
    let length = 0;
    for (const part of parts(vector, count)) length += part.length;
    return length;
  };

  function replacements(original: Imports): Imports {
    const wasi = original["wasi_snapshot_preview1"]!, env = original["env"]!;
    const noError = Symbol("error");
    return {
      wasi_snapshot_preview1: {
        fd_read(descriptor: number, vector: number, count: number, result: number) {
          const channel = descriptor === 0 ? NOTHING : channels.get(descriptor);
          if (!channel) return wasi["fd_read"]!(descriptor, vector, count, result);
          let total = 0;
          for (const part of parts(vector, count)) {
            if (part.length === 0) continue;
            total = channel.read(part);
            break;
          }
          python.HEAPU32[result >>> 2] = total;
          return 0;
        },
        fd_write(descriptor: number, vector: number, count: number, result: number) {
          const channel = channels.get(descriptor);
          const length = lengthOf(vector, count);
          if (channel) {
            const message = new Uint8Array(length);
            let at = 0;
            for (const part of parts(vector, count)) {
              message.set(part, at);
              at += part.length;
            }
            channel.write(message);
          } else if (descriptor === 1 || descriptor === 2) {
            output += length;
            if (output > limits.output) {
              throw new Stop("output", `the program wrote more than ${limits.output} bytes`);
            }
            // It is thrown away, but making it took time that no jump counts.
            steps += Math.floor(length / BYTES_PER_STEP);
            if (steps > limits.steps) throw tooManySteps();
          } else {
            changed = true;
            try {
              store(length);
            } catch {
              return ENOSPC;
            }
            return wasi["fd_write"]!(descriptor, vector, count, result);
          }
          python.HEAPU32[result >>> 2] = length;
          return 0;
        },
        fd_pwrite(descriptor: number, vector: number, count: number, offset: bigint, result: number) {
          if (channels.has(descriptor)) return EBADF;
          changed = true;
          return wasi["fd_pwrite"]!(descriptor, vector, count, offset, result);
        },
        fd_close(descriptor: number) {
          if (descriptor < FIRST_FILE) changed = true;
          return wasi["fd_close"]!(descriptor);
        },
        random_get(at: number, length: number) {
          for (let i = at >>> 0; i < (at >>> 0) + length; i++) python.HEAPU8[i] = random.word();
          return 0;
        },
        clock_time_get(_clock: number, _precision: bigint, result: number) {
          python.HEAPU64[result >>> 3] = now();
          return 0;
        },
        proc_exit(code: number) {
          exit = code;
          throw new Stop("exit", `the program ended the interpreter with code ${code}`);
        },
      },
      env: {
        exit(code: number) {
          exit = code;
          throw new Stop("exit", `the program ended the interpreter with code ${code}`);
        },
        emscripten_get_now: () => Number(now() / 1000n) / 1000,
        emscripten_date_now: () => Number(now() / 1_000_000n),
        emscripten_resize_heap(wanted: number) {
          wanted >>>= 0;
          const size = python.HEAPU8.length, cap = base + limits.memory;
          if (sealed && wanted > cap) {
            memoryRefused = true;
            return 0;
          }
          const grown = Math.max(wanted, Math.min(size * 1.2, sealed ? cap : Infinity));
          return python.growMemory(Math.ceil(grown / PAGE) * PAGE) ?? 0;
        },
        _Py_CheckEmscriptenSignals_Helper() {
          // CPython comes here when its count of jumps and calls has gone from 50 to 0, having set it to 50 again,
          // and at every row of long integers. From 49 on, the two can be told apart.
          const clock = python.__Py_emscripten_signal_clock >>> 2;
          if (python.HEAP32[clock] === SIGNAL_INTERVAL) {
            python.HEAP32[clock] = SIGNAL_INTERVAL - 1;
            steps += SIGNAL_INTERVAL - 1;
          } else steps++;
          if (steps > limits.steps) throw tooManySteps();
          if (stopped()) throw new Stop("clock", "the program's time was over");
          return 0;
        },
        __syscall_openat(folder: number, path: number, flags: number, mode: number) {
          const O_ACCMODE = 3, O_CREAT = 64, O_TRUNC = 512;
          if (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) {
            changed = true;
            if (sealed && ++created > MAX_FILES) return -EMFILE;
          }
          return env["__syscall_openat"]!(folder, path, flags, mode);
        },
        // Pyodide's loader provides these two; there are no JavaScript errors to mark where there is no JavaScript.
        Jsv_GetError_import: () => noError,
        JsvError_Check: (value: unknown) => value === noError,
      },
    };
  }

  /** The imports as a program gets them. */
  function guarded(original: Imports): Imports {
    const replaced = replacements(original);
    const result: Imports = { ...original };
    for (const space of Object.keys(replaced)) result[space] = {};
    for (const { module: space, name, kind } of WebAssembly.Module.imports(module)) {
      if (kind !== "function" || !replaced[space]) continue;
      const kept = original[space]![name]!;
      result[space]![name] = replaced[space][name] ?? (KEPT.has(name) ? kept : (...args: unknown[]) => {
        if (!sealed && (START_ONLY.has(name) || CHANGING.has(name))) return kept(...args);
        if (REFUSED.has(name)) return -EPERM;
        if (CHANGING.has(name)) {
          changed = true;
          return ++created > MAX_FILES ? -EMFILE : kept(...args);
        }
        throw new Stop("forbidden", `the program called ${name}`);
      });
    }
    return result;
  }

  function prepareFiles(module: PythonModule): void {
    python = module;
    const { FS } = python;
    Object.assign(python.ENV, {
      HOME: "/home",
      LANG: "en_US.UTF-8",
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONHASHSEED: "0",
      // Without it, Python would end after its start instead of waiting for something to run.
      PYTHONINSPECT: "1",
    });
    for (
      const path of ["/home", "/sandbox", "/lib/python3.14/site-packages", "/lib/python3.14/lib-dynload"]
    ) {
      FS.mkdirTree(path);
    }
    FS.writeFile("/lib/python314.zip", library.slice(), { canOwn: true });
    for (const [name, text] of Object.entries(files)) FS.writeFile(`/sandbox/${name}`, text);
    FS.chdir("/home");
    // Positions beyond the end of a file and truncation reserve room without writing to it.
    const storage = FS.filesystems.MEMFS;
    const { expandFileStorage, resizeFileStorage } = storage;
    storage.expandFileStorage = (node, capacity) => {
      store(Math.max(0, capacity - node.contents.length));
      expandFileStorage(node, capacity);
    };
    storage.resizeFileStorage = (node, size) => {
      store(Math.max(0, size - node.contents.length));
      resizeFileStorage(node, size);
    };
  }

  let failure: unknown;
  await createModule({
    API: { config: { env: {}, packages: [] }, runtimeEnv: {}, lockFilePromise: new Promise(() => {}) },
    arguments: [],
    noInitialRun: image !== null,
    preRun: [prepareFiles],
    print() {},
    printErr() {},
    instantiateWasm(
      imports: Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) {
      WebAssembly.instantiate(module, guarded(imports) as WebAssembly.Imports)
        .then((instance) => done(instance, module), (error) => failure = error);
      return {};
    },
  });
  if (failure) throw failure;
  python = python!;
  if (image) {
    if (python.HEAPU8.length < image.length) python.growMemory(image.length);
    python.HEAPU8.set(image);
  } else {
    python.HEAPU8[python._Py_EMSCRIPTEN_SIGNAL_HANDLING] = 1;
  }
  sealed = true;
  const stack = python.stackSave();
  const restorable = (image: Uint8Array) =>
    !changed && python.stackSave() === stack && python.HEAPU8.length <= 2 * image.length;

  return {
    run(source, ...[runChannels, runLimits, runStopped]) {
      [channels, limits, stopped] = [runChannels, runLimits, runStopped];
      [steps, output, written, created, looks] = [0, 0, 0, 0, 0n];
      [changed, memoryRefused, exit] = [false, false, null];
      random = randomSequence({ seed: 0, stream: 0 });
      if (base === 0) base = python.HEAPU8.length;
      const text = python.stringToNewUTF8(source);
      const code = python._PyRun_SimpleString(text);
      python._free(text);
      if (code !== 0) throw new Error("the interpreter's own code raised an exception");
    },
    usage: () => ({ steps, output, memoryRefused, exit }),
    image() {
      base = python.HEAPU8.length;
      return python.HEAPU8.slice();
    },
    restorable,
    restore(image) {
      if (!restorable(image)) return false;
      python.HEAPU8.set(image);
      python.HEAPU8.fill(0, image.length);
      for (const stream of python.FS.streams.slice(FIRST_FILE)) if (stream) python.FS.close(stream);
      return true;
    },
  };
}
