// A click on a heading sorts the films by that column; another one turns the order round.
for (const button of document.querySelectorAll("[data-column]")) {
  button.onclick = () => {
    const body = document.querySelector("tbody");
    const turned = button.getAttribute("aria-pressed") === "true";
    const value = (row) => row.cells[button.dataset.column].dataset.value;
    const rows = [...body.rows].sort((one, other) => value(one).localeCompare(value(other), undefined, { numeric: true }));
    body.append(...(turned ? rows.reverse() : rows));
    for (const other of document.querySelectorAll("[data-column]")) other.setAttribute("aria-pressed", other === button && !turned);
  };
}
