/** Prints the path of the running Deno executable, the only program that tests may start. */
console.log(Deno.execPath());
