// Comfort for machines: several files can be dropped at once. Works without it.
(() => {
  for (const drop of document.querySelectorAll("[data-drop-many]")) {
    const input = drop.querySelector("input[type=file]"), title = drop.querySelector("strong");
    drop.classList.add("is-live");
    input.addEventListener("change", () => {
      if (input.files.length) title.textContent = drop.dataset.text.replace("{n}", input.files.length);
    });
    for (const kind of ["dragover", "dragleave", "drop"]) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.toggle("is-over", kind === "dragover");
        if (kind === "drop" && event.dataTransfer.files.length) {
          input.files = event.dataTransfer.files;
          input.dispatchEvent(new Event("change"));
        }
      });
    }
  }
})();
