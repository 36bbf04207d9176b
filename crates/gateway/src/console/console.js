// Keys of the queue and of a ticket. Nothing here is needed: whatever a key does, a link or a form on the page does as well.
"use strict";
(() => {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const rows = () => all(".queue tbody tr");
  const tick = (row) => row.querySelector("input[type=checkbox]");
  const link = (row) => row.querySelector("th a");
  const press = (selector) => { const one = document.querySelector(selector); if (one) one.click(); return Boolean(one); };
  const at = () => rows().findIndex((row) => row.contains(document.activeElement));
  const messages = () => all("article.message");

  // Where one writes, its form unfolded.
  function focus(selector) {
    const one = document.querySelector(selector);
    if (!one) return false;
    const folded = one.closest("details");
    if (folded) folded.open = true;
    one.focus();
    if (one.select) one.select();
    return true;
  }

  function move(step) {
    const lines = rows();
    if (!lines.length) return false;
    const now = at();
    const next = now < 0 ? (step > 0 ? 0 : lines.length - 1) : Math.min(Math.max(now + step, 0), lines.length - 1);
    link(lines[next]).focus();
    link(lines[next]).scrollIntoView({ block: "nearest" });
    return true;
  }

  // To the next message, or the one before.
  function turn(step) {
    const every = messages();
    if (!every.length) return false;
    const now = every.findIndex((one) => one.contains(document.activeElement));
    const next = every[Math.min(Math.max(now + step, 0), every.length - 1)];
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
    return true;
  }

  // What is ticked; else the line that one stands on.
  function choose() {
    const lines = rows();
    if (lines.some((row) => tick(row) && tick(row).checked)) return true;
    const row = lines[at()];
    if (!row || !tick(row)) return false;
    tick(row).checked = true;
    return true;
  }

  // A form on the page of the ticket that one stands on.
  function form(place) {
    const row = rows()[at()];
    if (!row || !document.getElementById("deeds")) return false;
    location.assign(link(row).pathname + place);
    return true;
  }

  // How the ticket is to stand, or to be linked, chosen; then where more is said of it.
  function set(choice, value, then) {
    const list = document.querySelector(choice);
    if (!list || !Array.from(list.options).some((option) => option.value === value)) return false;
    list.value = value;
    return focus(then);
  }

  // The tag; pressed again with the title, a third time with the address.
  let dots = 0, last = 0;
  function copy() {
    const row = rows()[at()];
    const here = row || document.querySelector("header.ticket h1");
    if (!here || !navigator.clipboard) return false;
    dots = Date.now() - last < 1500 ? dots % 3 + 1 : 1;
    last = Date.now();
    const title = here.querySelector(row ? ".about bdi" : "bdi");
    const place = row ? link(row).href : location.origin + location.pathname;
    const parts = [here.querySelector(row ? "th a" : ".tag").textContent, title ? title.textContent : "", place];
    const text = parts.slice(0, dots).join(" ").trim();
    const said = document.getElementById("copied");
    navigator.clipboard.writeText(text).then(() => { if (said) { said.textContent = `${said.dataset.word} ${text}`; said.hidden = false; } }, () => {});
    return true;
  }

  // Where words or another ticket are written for those that are chosen: Enter does it.
  function write(field, deed) {
    if (!choose() || !focus(field)) return false;
    document.querySelector(field).dataset.deed = deed;
    return true;
  }

  const ticked = () => rows().some((row) => tick(row) && tick(row).checked);
  const act = (deed) => choose() && press(`#deeds button[value=${deed}]`);
  const answer = () => { const reply = document.getElementById("reply"); if (reply) location.assign(reply.pathname + "#text"); return Boolean(reply); };
  const help = () => { const keys = document.getElementById("keys"); if (!keys) return false; keys.open ? keys.close() : keys.showModal(); return true; };
  const open = () => { const row = rows()[at()]; if (!row) return false; link(row).click(); return true; };
  const toggle = () => { const row = rows()[at()]; if (!row || !tick(row)) return false; tick(row).checked = !tick(row).checked; return true; };

  const queue = {
    j: () => move(1), k: () => move(-1), o: open, x: toggle,
    c: () => act("claim"), a: () => act("claim"), e: () => act("resolve"), s: () => form("?form=changed#state"), i: () => act("open"),
    A: () => choose() && focus("#to"), "!": () => write("#reason", "reject"),
    l: () => write("#tags", "tag"), "+": () => write("#tags", "tag"), "-": () => write("#tags", "untag"),
    r: () => form("/reply#text"), t: () => form("?form=marked#marking"), n: () => form("?form=noted#note"), L: () => form("?form=linked#kind"), d: () => form("?form=linked#link"),
    m: () => ticked() ? write("#into", "merge") : form("?form=merged#merge"), v: () => form("?form=split#messages"), ".": copy,
    z: () => press("#undo"), E: () => focus("#format"), "]": () => press(".pages [rel=next]"), "[": () => press(".pages a"), u: () => press(".tabs a"),
    "/": () => focus("#q"), "?": help,
  };
  const ticket = {
    j: () => turn(1), k: () => turn(-1), u: () => press("#back"),
    c: () => press("#claim"), a: () => press("#claim"), A: () => focus("#to"), s: () => focus("#state"),
    e: () => set("#state", "resolved", "#reason"), "!": () => set("#state", "rejected", "#reason"),
    n: () => focus("#note"), l: () => focus("#tags"), "+": () => focus("#tags"), r: answer, t: () => focus("#marking"), L: () => focus("#kind"),
    E: () => focus("#format"), d: () => set("#kind", "duplicate", "#link"), m: () => focus("#merge"), v: () => focus("#messages"), ".": copy,
    z: () => press(".held button") || press("#undo") || press("form[action$='/unmerge'] button"), "/": () => press('header.top nav a[href="/search"]'), "?": help,
  };
  const keys = document.querySelector("header.ticket") ? ticket : queue;
  const views = { q: 0, m: 1, u: 2 };
  let going = false;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const where = event.target;
    if (where.closest("select, textarea, input:not([type=checkbox])")) {
      if (event.key === "Escape") { delete where.dataset.deed; where.blur(); }
      if (event.key === "Enter" && where.matches("#deeds input")) {
        event.preventDefault();
        const deed = where.dataset.deed || { tags: "tag", into: "merge" }[where.id];
        if (deed) press(`#deeds button[value=${deed}]`);
      }
      return;
    }
    if (document.querySelector("#keys[data-off]")) return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    let done = false;
    if (going && event.key in views) {
      const tab = all(".tabs a")[views[event.key]];
      if (tab) { tab.click(); done = true; }
    } else if (!going && Object.hasOwn(keys, event.key)) {
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
  for (const one of all(".scripted")) one.hidden = false;
  // The address may name where one writes, in a form that the page has unfolded.
  const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (named && named.closest("form")) focus("#" + CSS.escape(named.id));
})();
