// Sorts a table where it stands. Without this script the same links sort on the server.

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

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("table[data-sortable] thead a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const head = link.closest("th"), table = link.closest("table");
  // A table that continues on other pages is sorted as a whole, by the server.
  if (table.dataset.sortable === "server") return;
  event.preventDefault();
  const before = head.getAttribute("aria-sort");
  const descending = before ? before === "ascending" : !head.classList.contains("text");
  for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  sort(table, [...head.parentElement.children].indexOf(head), descending);
});
