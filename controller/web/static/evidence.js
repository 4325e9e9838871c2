// Quick choices of a period fill the two days.
for (const choices of document.querySelectorAll("[data-evidence-choices]")) {
  choices.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-first]");
    if (!button) return;
    const form = choices.closest("form");
    form.elements.first.value = button.dataset.first;
    form.elements.last.value = button.dataset.last;
  });
}
