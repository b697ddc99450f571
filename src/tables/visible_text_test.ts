import { assert, assertEquals } from "@std/assert";
import { visibleLine, visibleText } from "./visible_text.ts";

Deno.test("controls, marks of direction and invisible characters are shown", () => {
  assertEquals(visibleLine("a\u0000b\u001b[31m\u007f\n\t\r"), "a␀b␛[31m␡␊␉␍");
  assertEquals(visibleLine("\u202egnp.exe"), "⟨U+202E⟩gnp.exe");
  assertEquals(visibleLine("\u200b\ufeff\u2066"), "⟨U+200B⟩⟨U+FEFF⟩⟨U+2066⟩");
  assertEquals(visibleLine("\ud800x\udc00"), "⟨U+D800⟩x⟨U+DC00⟩");
  assertEquals(visibleLine("\u{1f600} é 中"), "\u{1f600} é 中");
  assertEquals(visibleText("a\n\tb\u2028"), "a\n\tb⟨U+2028⟩");
});

Deno.test("no shown text holds a character that acts", () => {
  const every = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join("");
  // deno-lint-ignore no-control-regex
  const acting = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f]/;
  assert(!acting.test(visibleText(every)));
});

Deno.test("long lines and texts are cut and say what is missing", () => {
  assertEquals(visibleLine("x".repeat(300), 10), "xxxxxxxxxx…");
  const long = visibleText("y".repeat(5_000_000));
  assert(long.length < 10_000);
  assert(long.endsWith("[cut: 4940000 of 5000000 characters]"), long.slice(-80));
  const many = visibleText("z\n".repeat(10_000));
  assert(many.includes("[8001 more lines]"), many.slice(-80));
  // A pair of surrogates is not cut in two.
  assertEquals(visibleLine("\u{1f600}".repeat(3), 3), "\u{1f600}…");
});
