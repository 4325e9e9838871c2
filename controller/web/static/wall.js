// The wall's clock, and the word that what is shown is old when the server does not answer any more.
(() => {
  const clock = document.querySelector("[data-clock]"), lost = document.querySelector("[data-lost]");
  const format = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: clock.dataset.zone });
  let heard = Date.now();
  const tick = () => {
    clock.textContent = format.format(new Date());
    lost.hidden = Date.now() - heard < 75_000;
  };
  async function ask() {
    try {
      const answer = await fetch("/healthz", { cache: "no-store" });
      if (answer.ok) heard = Date.now();
    } catch { /* shown by the clock's next tick */ }
  }
  tick();
  setInterval(tick, 1000);
  setInterval(ask, 20_000);
})();
