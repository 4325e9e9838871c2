// Pages that live: when the controller says that something changed, the parts marked `data-live` are fetched anew.
//
// data-live="status measurement": only for these kinds; empty: for any. data-live-school="12": only for this school.
// Each part needs an id. What a person is typing or has opened is left alone until the next time. Without a stream
// the page looks again every half minute.
(() => {
  const POLL = 30_000, GATHER = 700, SLOWEST = 5_000;
  let stream = null, timer = 0, last = 0, isRunning = false, wanted = new Set();
  // What a person asked for goes first: htmx drops an answer whose target was replaced meanwhile.
  const asked = new Set();
  document.addEventListener("htmx:before:request", (event) => asked.add(event.detail.ctx));
  document.addEventListener("htmx:finally:request", (event) => asked.delete(event.detail.ctx));
  const isAsking = () => [...asked].some((one) => one.status === "issuing" && one.sourceElement?.isConnected);

  const parts = () => [...document.querySelectorAll("[data-live][id]")];
  const concerns = (part, change) => {
    const kinds = part.dataset.live.split(" ").filter(Boolean), school = part.dataset.liveSchool;
    if (change.kind === "resync") return true;
    if (kinds.length && !kinds.includes(change.kind)) return false;
    return !school || change.school === null || String(change.school) === school;
  };
  const isBusy = (part) => {
    const focus = document.activeElement;
    return (focus && focus !== document.body && part.contains(focus) && focus.matches("input, textarea, select, button, figure"))
      || part.querySelector("dialog[open]") !== null;
  };

  // As the server wrote them: scripts draw into parts, and that is no reason to replace them.
  const served = new Map(parts().map((part) => [part.id, part.outerHTML]));

  async function refresh() {
    timer = 0;
    if (document.hidden || wanted.size === 0) return;
    if (isRunning) { timer = setTimeout(refresh, GATHER); return; } // a slow answer must not swallow what came meanwhile
    isRunning = true;
    const ids = [...wanted], address = location.href;
    wanted = new Set();
    last = Date.now();
    try {
      const answer = await fetch(address, { headers: { "X-Live": "1", Accept: "text/html" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") return location.reload(); // signed out meanwhile
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (isAsking() || location.href !== address) { // filtered, sorted or turned over meanwhile
        for (const id of ids) wanted.add(id);
        timer ||= setTimeout(refresh, GATHER);
        return;
      }
      for (const id of ids) {
        const old = document.getElementById(id), now = fresh.getElementById(id);
        if (old && !now) return location.reload(); // the page is another one now: the first school came, the last went
        if (!old || (served.get(id) ?? old.outerHTML) === now.outerHTML) continue;
        if (isBusy(old)) { wanted.add(id); continue; }
        const open = [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
        const kept = document.importNode(now, true);
        old.replaceWith(kept);
        served.set(id, now.outerHTML);
        for (const one of open) kept.querySelector(`#${CSS.escape(one)}`)?.setAttribute("open", "");
        window.htmx?.process(kept);
        kept.dispatchEvent(new CustomEvent("live:updated", { bubbles: true }));
      }
    } catch { /* the line is cut: the next change or poll tries again */ } finally {
      isRunning = false;
    }
  }

  function later(change) {
    for (const part of parts()) if (concerns(part, change)) wanted.add(part.id);
    if (wanted.size && !timer) timer = setTimeout(refresh, Math.max(GATHER, last + SLOWEST - Date.now()));
  }

  function connect() {
    if (stream || !parts().length) return;
    stream = new EventSource("/live");
    stream.onmessage = (event) => later(JSON.parse(event.data));
    stream.onopen = () => later({ kind: "resync", school: null }); // what changed before this stream was there
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) stream = null; // refused: too many; polling goes on
    };
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { stream?.close(); stream = null; } else { connect(); later({ kind: "resync", school: null }); }
  });
  addEventListener("pagehide", () => { stream?.close(); stream = null; });
  setInterval(() => { if (!document.hidden && stream?.readyState !== EventSource.OPEN) { connect(); later({ kind: "resync", school: null }); } }, POLL);
  // Work that a person waits for: data-every="2" looks again after so many seconds, for as long as it is there.
  setInterval(() => {
    const waited = [...document.querySelectorAll("[data-live][data-every][id]")];
    if (document.hidden || isRunning || !waited.length) return;
    if (Date.now() - last < Math.min(...waited.map((part) => Number(part.dataset.every))) * 1000) return;
    for (const part of parts()) wanted.add(part.id);
    clearTimeout(timer);
    refresh();
  }, 1000);
  connect();
})();
