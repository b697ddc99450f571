/** Every hostile text in every field at once; the quick tests have another text in each field. */

import { assertEquals } from "@std/assert";
import { withFolder } from "../../files/testing.ts";
import { PAYLOADS } from "./hostile.ts";
import { leaderboardTagsWith, ONE, tagsWith } from "./hostile_pages.ts";
import { writeMadeUp } from "./testing.ts";

Deno.test("each hostile text in every logged field and in the leaderboard's file adds no element", () =>
  withFolder(async (folder) => {
    await writeMadeUp(folder, ONE);
    const pages = await tagsWith(folder, () => "plain"),
      board = await leaderboardTagsWith(folder, () => "plain");
    for (const payload of PAYLOADS) {
      const found = await tagsWith(folder, () => payload);
      // A text that is not there has no element either.
      if (payload === "") continue;
      assertEquals(found, pages, JSON.stringify(payload.slice(0, 200)));
      assertEquals(
        await leaderboardTagsWith(folder, () => payload),
        board,
        JSON.stringify(payload.slice(0, 200)),
      );
    }
  }));
