/** Prints a list of folders for a permission: those named, and the one that DLLM_BENCH_OUT names. */

const own = Deno.env.get("DLLM_BENCH_OUT");
console.log([...Deno.args, ...(own ? [own] : [])].join(","));
