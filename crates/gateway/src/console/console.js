// Keys of the queue. Nothing here is needed: whatever a key does, a link or a form on the page does as well.
"use strict";
(() => {
  const rows = () => Array.from(document.querySelectorAll(".queue tbody tr"));
  const tick = (row) => row.querySelector("input[type=checkbox]");
  const link = (row) => row.querySelector("th a");
  const press = (selector) => { const one = document.querySelector(selector); if (one) one.click(); return Boolean(one); };
  const focus = (selector) => { const one = document.querySelector(selector); if (one) { one.focus(); if (one.select) one.select(); } return Boolean(one); };
  const at = () => rows().findIndex((row) => row.contains(document.activeElement));

  function move(step) {
    const all = rows();
    if (!all.length) return false;
    const now = at();
    const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + step, 0), all.length - 1);
    link(all[next]).focus();
    link(all[next]).scrollIntoView({ block: "nearest" });
    return true;
  }

  // What is ticked; else the line that one stands on.
  function choose() {
    const all = rows();
    if (all.some((row) => tick(row) && tick(row).checked)) return true;
    const row = all[at()];
    if (!row || !tick(row)) return false;
    tick(row).checked = true;
    return true;
  }

  const act = (deed) => choose() && press(`#deeds button[value=${deed}]`);
  const help = () => { const keys = document.getElementById("keys"); if (!keys) return false; keys.open ? keys.close() : keys.showModal(); return true; };
  const open = () => { const row = rows()[at()]; if (!row) return false; link(row).click(); return true; };
  const toggle = () => { const row = rows()[at()]; if (!row || !tick(row)) return false; tick(row).checked = !tick(row).checked; return true; };

  const keys = {
    j: () => move(1), k: () => move(-1), o: open, x: toggle,
    c: () => act("claim"), a: () => act("claim"), e: () => act("resolve"), s: () => act("open"),
    A: () => choose() && focus("#to"), "!": () => choose() && focus("#reason"),
    z: () => press("#undo"), n: () => press(".pages [rel=next]"), r: () => press(".pages a"),
    "/": () => focus("#q"), "?": help,
  };
  const views = { q: 0, m: 1, u: 2 };
  let going = false;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const where = event.target;
    if (where.closest("select, textarea, input:not([type=checkbox])")) {
      if (event.key === "Escape") where.blur();
      return;
    }
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    let done = false;
    if (going && event.key in views) {
      const tab = document.querySelectorAll(".tabs a")[views[event.key]];
      if (tab) { tab.click(); done = true; }
    } else if (Object.hasOwn(keys, event.key)) {
      done = keys[event.key]();
    }
    going = event.key === "g";
    if (done) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id !== "all") return;
    for (const row of rows()) if (tick(row)) tick(row).checked = event.target.checked;
  });
  document.addEventListener("click", (event) => { if (event.target.closest("#show-keys")) help(); });
  for (const one of document.querySelectorAll(".scripted")) one.hidden = false;
})();
