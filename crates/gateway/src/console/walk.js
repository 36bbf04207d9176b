// Going about by keyboard, on every page; and back to the line of the queue where one stood. Nothing here is needed: whatever a key does,
// a link or a button on the page does as well.
"use strict";
(() => {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const press = (selector) => { const one = document.querySelector(selector); if (one) one.click(); return Boolean(one); };
  const queue = /^\/q\/[^/]+$/;
  const rows = () => all(".queue tbody tr");
  const link = (row) => row.querySelector("th a");

  // Where one stood, for this tab of the browser: the queue's address, the line, and its ticket. Signing out forgets it.
  const place = {
    get: () => { try { return JSON.parse(sessionStorage.getItem("place")) || {}; } catch { return {}; } },
    set: (value) => { try { sessionStorage.setItem("place", JSON.stringify(value)); } catch { /* Without it one begins at the top. */ } },
  };
  function keep(back) {
    const row = rows().findIndex((one) => one.contains(document.activeElement));
    const query = new URLSearchParams(location.search);
    for (const told of ["did", "ok", "no", "code"]) query.delete(told);
    place.set({ queue: `${location.pathname}?${query}`, row, ticket: row < 0 ? "" : link(rows()[row]).pathname, back: back && row >= 0 });
  }
  if (queue.test(location.pathname)) {
    const { back, row, ticket } = place.get();
    const lines = rows();
    if (back && lines.length) {
      const line = lines.find((one) => link(one).pathname === ticket) || lines[Math.min(row, lines.length - 1)];
      link(line).focus();
      line.scrollIntoView({ block: "nearest" });
    }
    let again = false;
    document.addEventListener("submit", () => { again = true; }, true);
    addEventListener("pagehide", () => keep(again));
  }
  const back = document.getElementById("back");
  if (back) {
    const kept = place.get();
    if (kept.queue && queue.test(kept.queue.split("?")[0])) back.setAttribute("href", kept.queue);
    back.addEventListener("click", () => place.set({ ...place.get(), back: place.get().row >= 0 }));
  }
  for (const form of all("form[action='/sign-out']")) form.addEventListener("submit", () => { try { sessionStorage.clear(); } catch { /* Nothing was kept. */ } });

  // Lines of a list that is not the queue, and articles one below the other.
  function move(step) {
    const lines = all("main table tbody th a, article.conflict");
    if (!lines.length) return false;
    const now = lines.findIndex((one) => one.contains(document.activeElement));
    const next = lines[Math.min(Math.max(now + step, 0), lines.length - 1)];
    if (!next.matches("a")) next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
  function help() {
    const keys = document.getElementById("keys");
    if (!keys) return false;
    if (keys.open) keys.close(); else keys.showModal();
    return true;
  }
  function search() {
    const field = document.getElementById("q");
    if (!field) return press("header.top nav a[href='/search']");
    field.focus();
    field.select();
    return true;
  }
  function promote() {
    const row = all("main table tbody tr").find((one) => one.contains(document.activeElement));
    const button = (row || document).querySelector(row ? "form[action$='/promote'] button" : "main > form[action$='/promote'] button");
    if (button) button.click();
    return Boolean(button);
  }

  const ways = { q: "#way-q", m: "#way-m", u: "#way-u", s: "header.top nav a[href='/search']", x: "header.top nav a[href='/quarantine']",
    c: "header.top nav a[href='/certificates']", h: "header.top nav a[href^='/charts/']" };
  // Queue and ticket have keys of their own.
  const own = document.querySelector("header.ticket, form.ask");
  const keys = own ? {} : { j: () => move(1), k: () => move(-1), o: () => document.activeElement.matches("main th a") && press("main th a:focus"),
    p: promote, u: () => press("#up") || press("header.top nav a"), "/": search, "?": help };
  if (!own) {
    for (const one of all(".scripted")) one.hidden = false;
    document.addEventListener("click", (event) => { if (event.target.closest("#show-keys")) help(); });
  }
  let going = false;
  document.addEventListener("keydown", (event) => {
    const where = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = where.closest("form");
      const main = form && form.querySelector("button.main");
      if (main) { event.preventDefault(); main.click(); }
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (where.closest("select, textarea, input:not([type=checkbox])")) {
      if (event.key === "Escape" && !own) where.blur();
      return;
    }
    if (document.querySelector("#keys[data-off]")) return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    let done = false;
    if (going) done = Object.hasOwn(ways, event.key) && press(ways[event.key]);
    else if (Object.hasOwn(keys, event.key)) done = keys[event.key]();
    going = event.key === "g";
    if (done) event.preventDefault();
  });
})();
