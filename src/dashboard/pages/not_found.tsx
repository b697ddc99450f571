/** What an address without a page shows. The address itself is not repeated. */

import type { Body, Place } from "../parts/place.tsx";

export function notFoundBody(place: Place): Body {
  return {
    title: "There is no such page",
    content: (
      <p>
        The address may be of a cell that is no longer in the results. The{" "}
        <a href={place.link("index.html")}>leaderboard</a> leads to everything there is.
      </p>
    ),
  };
}
