// Opens each page in a frame of each width and asks axe what is wrong with it
// (WCAG 2.1 A and AA), in one browser. AXE, PAGES, WIDTHS, KNOWN come before.
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];

async function open(path, width) {
    const frame = document.createElement("iframe");
    frame.style.cssText = `width:${width}px;height:900px;border:0`;
    const loaded = new Promise((done) => frame.addEventListener("load", done));
    frame.src = path;
    document.body.replaceChildren(frame);
    await loaded;
    // Interactions of the page start after it has loaded.
    await new Promise((done) => setTimeout(done, 300));
    return frame;
}

async function faults(path, width) {
    const frame = await open(path, width);
    const inside = frame.contentWindow;
    const where = `${path} ${width} px`;
    const main = inside.document.querySelector("main");
    if (!main) {
        return [`${where}: no page`];
    }
    inside.eval(AXE);
    const found = await inside.axe.run(inside.document, {
        runOnly: {type: "tag", values: TAGS},
        resultTypes: ["violations"],
        iframes: false,
    });
    const wide = inside.document.documentElement.scrollWidth;
    const said = wide > width + 1 ? [`${where}: ${wide} px wide, it scrolls aside`] : [];
    for (const {id, help, nodes} of found.violations) {
        if (!KNOWN.includes(`${path} ${id}`)) {
            said.push(`${where}: ${id} (${help}) ${nodes[0].html.slice(0, 160)}`);
        }
    }
    return said;
}

(async () => {
    const all = [];
    for (const path of PAGES) {
        for (const width of WIDTHS) {
            all.push(...(await faults(path, width)));
        }
    }
    if (all.length) {
        console.error(`${all.length} faults\n${all.join("\n")}`);
    } else {
        console.log("test successful");
    }
})();
