// The survey survives a lost connection: what was typed is kept in this browser until it was sent. Works without it.
// Who answers (name, telephone) is not kept: a telephone may be lent. Drafts go with the link that they belong to.
(() => {
  const PREFIX = "truongnet-survey-", DAYS = 45, PATIENCE = 8000;  // ms to wait for a sign of the controller
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const key = PREFIX + form.dataset.draft, stamp = form.dataset.stamp;  // stamp: when the answer on this page was sent
  const notice = document.querySelector("[data-draft-notice]"), kept = document.querySelector("[data-draft-kept]");
  const fields = () => [...form.elements].filter((one) => one.name && one.matches("input, select") && !one.matches("[data-private]"));
  const typed = () => Object.fromEntries(fields().map((one) => [one.name, one.value]));

  const read = (name) => {
    try {
      const draft = JSON.parse(localStorage.getItem(name));
      return draft && typeof draft.fields === "object" && Number.isFinite(draft.at) ? draft : null;
    } catch { return null; }
  };
  const forget = (name) => { try { localStorage.removeItem(name); } catch { /* none is kept then */ } };
  const keep = (sending) => {
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), stamp, sending, fields: typed() }));
      return true;
    } catch { return false; }  // private browsing, or no room left
  };

  const say = (text, ...buttons) => {
    notice.querySelector("p").textContent = text;
    for (const button of notice.querySelectorAll("button")) button.hidden = !buttons.includes(button.dataset.draftDo);
    notice.hidden = false;
  };
  // How many rooms there are to fill in, the page knows better.
  const restored = (draft) => fields().filter((one) => one.name in draft.fields && one.name !== "rows");
  const fill = (draft) => {
    for (const one of restored(draft)) one.value = draft.fields[one.name];
    for (const part of form.querySelectorAll("details")) {
      if ([...part.querySelectorAll("input")].some((one) => one.value)) part.open = true;
    }
  };
  const differs = (draft) => restored(draft).some((one) => draft.fields[one.name] !== one.value);

  const names = () => { try { return Object.keys(localStorage); } catch { return []; } };
  for (const name of names().filter((one) => one.startsWith(PREFIX))) {
    if (!(Date.now() - (read(name)?.at ?? 0) < DAYS * 86_400_000)) forget(name);  // its link is no longer good either
  }

  const draft = read(key);
  if (draft && draft.stamp !== stamp && draft.sending) forget(key);  // it arrived
  else if (draft) {
    const rows = Number(draft.fields.rows), here = new URL(location.href);
    if (rows > Number(form.elements.rows.value) && !here.searchParams.has("rows")) {
      here.searchParams.set("rows", rows);  // the page draws the rows
      location.replace(here);
      return;
    }
    if (draft.stamp !== stamp) say(notice.dataset.older, "use", "drop");  // somebody sent another answer meanwhile
    else if (differs(draft)) { fill(draft); say(notice.dataset.restored, "drop"); }
  }

  notice.addEventListener("click", (event) => {
    const what = event.target.closest("[data-draft-do]")?.dataset.draftDo;
    if (what === "use") { fill(draft); keep(false); say(notice.dataset.restored, "drop"); }
    if (what === "drop") { forget(key); location.replace(location.pathname); }
  });

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { kept.hidden = !keep(false); }, 300);
  });
  window.addEventListener("pagehide", () => { if (waiting && !form.dataset.leaving) keep(false); });

  // A browser that finds no network shows its own page and the form is gone: so first ask whether anybody is there.
  form.addEventListener("submit", async (event) => {
    if (form.dataset.leaving) return;
    event.preventDefault();
    clearTimeout(waiting);
    const button = event.submitter;
    const isKept = keep(false);
    try {
      await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    } catch {
      delete form.dataset.sent;
      say(isKept ? notice.dataset.offline : notice.dataset.unkept);
      notice.scrollIntoView({ block: "center" });
      return;
    }
    keep(button?.name !== "more");
    form.dataset.leaving = "yes";
    delete form.dataset.sent;
    form.requestSubmit(button);
    setTimeout(() => delete form.dataset.leaving, 4000);
  });
  window.addEventListener("online", () => { if (!notice.hidden) say(notice.dataset.online); });
})();
