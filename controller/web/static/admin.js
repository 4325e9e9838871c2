// Comfort for the forms of administration; each of them works without it.
(() => {
  // Fields that matter only for another field's choice: data-when="scope_kind=school".
  const fitting = (form) => {
    for (const part of form.querySelectorAll("[data-when]")) {
      const [name, values] = part.dataset.when.split("=");
      const chosen = form.elements[name];
      part.hidden = Boolean(chosen) && !values.split("|").includes(chosen.type === "checkbox" ? (chosen.checked ? "on" : "") : chosen.value);
    }
  };
  // A role can be given over some kinds of places only: <option data-scopes="province commune">.
  const scopes = (form) => {
    const role = form.elements.role, kind = form.elements.scope_kind;
    const allowed = role?.selectedOptions?.[0]?.dataset.scopes?.split(" ");
    if (!kind || !allowed) return;
    for (const option of kind.options) option.disabled = option.hidden = !allowed.includes(option.value);
    if (!allowed.includes(kind.value)) kind.value = allowed[0];
  };
  const settle = (form) => { scopes(form); fitting(form); };
  const settleAll = () => document.querySelectorAll("form[data-settle]").forEach(settle);
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-settle]");
    if (form) settle(form);
  });
  settleAll();

  // Rows that repeat: one more, one less.
  document.addEventListener("click", (event) => {
    const more = event.target.closest("[data-add-row]");
    if (more) {
      const rows = document.getElementById(more.dataset.addRow);
      const row = rows.querySelector("template").content.firstElementChild.cloneNode(true);
      rows.append(row);
      row.querySelector("input, select")?.focus();
    }
    const less = event.target.closest("[data-remove-row]");
    if (less) {
      const row = less.closest("[data-row]"), rows = row.parentElement;
      row.remove();
      (rows.querySelector("[data-row] input") ?? document.querySelector(`[data-add-row="${rows.id}"]`))?.focus();
    }
  });

  // A file can be dropped, and its name is shown.
  for (const drop of document.querySelectorAll("[data-drop]")) {
    const input = drop.querySelector("input[type=file]"), title = drop.querySelector("strong");
    drop.classList.add("is-live");
    input.addEventListener("change", () => { if (input.files[0]) title.textContent = input.files[0].name; });
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
