// What is wrong with how the files that this page offers are sent: fetched as a click on them would, looked at and thrown away.
const wrong = async (link) => {
    const answer = await fetch(link.href), field = (name) => answer.headers.get(name) || '';
    await answer.arrayBuffer();
    const good = answer.ok && field('Content-Type') === 'application/octet-stream' && field('X-Content-Type-Options') === 'nosniff'
        && /^attachment; filename="[0-9a-z.-]+"$/.test(field('Content-Disposition')) && field('Content-Security-Policy').startsWith("sandbox; default-src 'none'")
        && link.hasAttribute('download');
    return good ? [] : [link.pathname + ': ' + answer.status + ' ' + [...answer.headers].join(' ')];
};
const links = [...document.querySelectorAll('main a')].filter((one) => /\/(part|raw)\//.test(one.pathname));
return Promise.all(links.map(wrong)).then((all) => [links.length, all.flat()]);
