// Says it before a session ends, and makes it last when asked. Nothing here is needed: the letter's page says when in words, and what is
// sent too late comes back.
"use strict";
(() => {
  const box = document.getElementById("leaving");
  if (!box) return;
  const warn = Number(box.dataset.warn);
  const clock = (moment) => new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  let ends = Date.now() + Number(box.dataset.left) * 1000;
  let said = "", asked = false;

  // Words, and beside them a button or a link.
  function say(what, words, beside) {
    if (said === what) return;
    said = what;
    const text = document.createElement("p");
    text.textContent = words;
    box.replaceChildren(...(words ? [text] : []), ...(beside ? [beside] : []));
    box.className = words ? "notice" : "";
  }
  async function left(place) {
    const answer = await fetch(place, { cache: "no-store" });
    if (answer.redirected || !answer.ok) return 0;
    return Number(await answer.text()) || 0;
  }
  function button() {
    const one = document.createElement("button");
    one.type = "button";
    one.id = "stay";
    one.textContent = box.dataset.stay;
    one.addEventListener("click", async () => {
      const more = await left("/session/stay").catch(() => -1);
      if (more < 0) return;
      ends = Date.now() + more * 1000;
      if (more > warn) { asked = false; say("", ""); } else say("last", `${box.dataset.ends} ${clock(ends)}. ${box.dataset.last}`);
      look();
    });
    return one;
  }
  function over() {
    const link = document.createElement("a");
    link.href = `/sign-in?why=ended&next=${encodeURIComponent(location.pathname + location.search)}`;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = box.dataset.beside;
    say("over", box.dataset.over, link);
  }
  async function look() {
    const rest = (ends - Date.now()) / 1000;
    if (rest > warn) return;
    // Another tab may have made it last.
    if (!asked || rest <= 0) {
      const more = await left("/session").catch(() => -1);
      if (more > 0) ends = Date.now() + more * 1000;
      if (more > warn) { asked = false; return say("", ""); }
      if (more === 0) return over();
      asked = true;
    }
    if (rest > 0 && said === "") say("soon", `${box.dataset.ends} ${clock(ends)}.`, button());
  }
  setInterval(look, 5000);
  look();
})();
