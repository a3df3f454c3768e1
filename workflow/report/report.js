// One listener for all sliders: the position of the wipe follows its range input, which the browser makes work
// with mouse, finger and keyboard alike.
document.addEventListener("input", ({ target }) => {
  if (target.type === "range") target.parentElement.style.setProperty("--at", target.value + "%");
  if (target.id === "everywhere") {
    for (const box of document.querySelectorAll(".show")) box.checked = target.checked;
  }
});
