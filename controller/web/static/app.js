// What every page does beyond links and forms: the menu of a phone, questions before deeds, one press only.
(() => {
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-toggle-menu]");
    if (toggle) {
      const open = document.body.classList.toggle("menu-open");
      toggle.setAttribute("aria-expanded", String(open));
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard?.writeText(document.querySelector(copy.dataset.copy)?.textContent.trim() ?? "").then(() => {
        copy.classList.add("is-done");
        setTimeout(() => copy.classList.remove("is-done"), 2000);
      });
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("menu-open")) {
      document.querySelector("[data-toggle-menu]")?.click();
    }
    const field = document.querySelector("[data-search]");
    if (event.key === "/" && field && !event.target.closest("input, textarea, select, [contenteditable]")) {
      event.preventDefault();
      field.focus();
    }
  });

  // A deed that cannot be undone asks first; a form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (form.method !== "post" || form.target || form.hasAttribute("data-many")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
  }, true);

  // On a phone the tabs are wider than the page: the one that is open comes into sight, the page itself stays.
  document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
    tab.scrollIntoView({ block: "nearest", inline: "center" });
  });

  // Filters act as soon as they are changed; without this script their button does it.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form?.requestSubmit();
  });
})();
