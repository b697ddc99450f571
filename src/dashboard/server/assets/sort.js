// Sorts a table where it stands. Without this script the links of a server's pages sort there.

function valueOf(row, column) {
  const cell = row.children[column];
  const value = cell.dataset.value;
  if (value === undefined) return cell.textContent;
  return value === "" ? null : Number(value);
}

function sort(table, column, descending) {
  const body = table.tBodies[0];
  const sign = descending ? -1 : 1;
  const rows = [...body.rows].map((row) => ({ row, value: valueOf(row, column) }));
  rows.sort((a, b) => {
    if (a.value === null || b.value === null) return a.value === b.value ? 0 : a.value === null ? 1 : -1;
    return a.value === b.value ? 0 : sign * (a.value < b.value ? -1 : 1);
  });
  body.replaceChildren(...rows.map(({ row }) => row));
}

// Pages that no server answers for have no links in their heads.
for (const head of document.querySelectorAll("table[data-sortable] [data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.title = head.title;
  head.replaceWith(button);
}

document.addEventListener("click", (event) => {
  const control = event.target.closest?.("table[data-sortable] thead :is(a, button)");
  if (!control || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const head = control.closest("th"), table = control.closest("table");
  event.preventDefault();
  const before = head.getAttribute("aria-sort");
  const descending = before ? before === "ascending" : !head.classList.contains("text");
  for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  sort(table, [...head.parentElement.children].indexOf(head), descending);
});
