// What is wrong with the page that is shown: anything on it that isn't the console's own, or that isn't seen as it is.
const faults = [], say = (what, one) => faults.push(what + ': ' + (one.outerHTML || String(one)).slice(0, 160));
const own = location.origin;
const tags = new Set(('html head meta title link script body a header nav div span b i s img form input button main h1 h2 h3 h4 p ul ol li dl dt dd '
    + 'table thead tbody tr th td label select option datalist details summary section article fieldset legend dialog kbd time code mark bdi pre textarea '
    + 'svg path rect text desc wbr br').split(' '));
const attributes = new Set(('id class href rel src alt width height lang dir charset content defer name value type action method for title hidden tabindex role '
    + 'disabled checked selected required maxlength size min max rows list autocomplete autocapitalize spellcheck open datetime scope colspan download '
    + 'placeholder viewBox x y d rx fill-rule text-anchor focusable sizes media color').split(' '));
const ours = /^(aria-[a-z]+|data-(head|word|left|warn|ends|stay|last|over|beside|off))$/;
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u;
const from_right = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
for (const name of Object.getOwnPropertyNames(window)) if (name.startsWith('pwned')) faults.push('ran: ' + name);
for (const one of document.querySelectorAll('*')) {
    const tag = one.localName;
    if (!tags.has(tag)) say('an element', one);
    for (const {name, value} of one.attributes) {
        const is_arrivals = name.startsWith('hx-') && one.id === 'arrivals' && (name !== 'hx-get' || value.startsWith('/q/'));
        if (!attributes.has(name) && !ours.test(name) && !is_arrivals) say('the attribute ' + name, one);
        if (hidden.test(value)) say('hidden in ' + name, one);
    }
    if (/pwn/.test(one.id) || /pwn/.test(one.getAttribute('name') || '')) say('a name', one);
    const inside = (value) => /^[/#](?![/\\])/.test(value || '');
    if (tag === 'a' && (!inside(one.getAttribute('href')) || one.origin !== own)) say('a link', one);
    if (tag === 'form' && one.getAttribute('method') !== 'dialog' && !inside(one.getAttribute('action'))) say('a form', one);
    if (tag === 'img' && one.getAttribute('src') !== '/icon.svg') say('a picture', one);
    if (tag === 'script' && !/^\/(walk|stay|console|htmx\.min)\.js\?[0-9.]+$/.test(one.getAttribute('src') || '')) say('a script', one);
    if (tag === 'link' && !/^\/(console\.css|icon\.svg)/.test(one.getAttribute('href') || '')) say('a resource', one);
    if (tag === 'meta' && !one.hasAttribute('charset') && !['viewport', 'color-scheme', 'htmx-config', 'format-detection', 'robots'].includes(one.name)) say('a word to the browser', one);
    if (tag === 'meta' && one.name === 'htmx-config' && !/"allowEval":false.*"selfRequestsOnly":true.*"allowScriptTags":false/.test(one.content)) say('settings', one);
}
for (const [count, what] of [[1, 'main'], [1, 'head title'], [1, 'body'], [1, 'header.top']])
    if (document.querySelectorAll(what).length !== count) faults.push('not ' + count + ' of ' + what);
const walk = document.createTreeWalker(document, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT);
while (walk.nextNode()) {
    const {data, nodeType, parentElement: parent} = walk.currentNode;
    if (nodeType === Node.COMMENT_NODE) { say('a comment', data); continue; }
    if (hidden.test(data)) say('hidden', JSON.stringify(data.match(/.{0,20}$/)[0]) + parent.outerHTML);
    if (!from_right.test(data) || parent.closest('title, option, textarea, svg')) continue;
    // What is written from right to left must not reach what stands beside it on its line.
    let one = parent;
    while (one && getComputedStyle(one).display === 'inline' && !/isolate|plaintext/.test(getComputedStyle(one).unicodeBidi)) one = one.parentElement;
    const alone = getComputedStyle(one).display === 'inline' || one.localName === 'bdi' || one.localName === 'pre' || one.textContent.trim() === data.trim();
    if (!alone) say('not isolated', one);
}
const most = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > most) {
    const wide = [...document.querySelectorAll('main *, header *')].filter((one) => one.getBoundingClientRect().right > most + 1 && !one.closest('.off'));
    for (const one of wide.slice(-2)) say('too wide', one);
}
return faults;
