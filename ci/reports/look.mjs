// Opens an HTML report in Chromium and does what its readers do: filters, searches, follows links, goes from problem to
// problem by keyboard, prints. `look.mjs REPORT FOLDER`: the screenshots and the printed page go into the folder. The first
// thing that is off ends it with a message and exit code 1.

import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { Browser, must } from "../browser.mjs";

const [REPORT, FOLDER] = process.argv.slice(2);
const ADDRESS = pathToFileURL(resolve(REPORT)).href;
const KEYS = { "/": ["Slash", 191], n: ["KeyN", 78], p: ["KeyP", 80], Escape: ["Escape", 27], Enter: ["Enter", 13] };

// The entries that can be seen.
const shown = (what) => `[...document.querySelectorAll('${what}')].filter((entry) => entry.checkVisibility())`;

async function open(browser, hash = "") {
    await browser.call("Page.navigate", { url: "about:blank" });
    await browser.call("Page.navigate", { url: ADDRESS + hash });
    await browser.shows(`the report is there${hash && " at a link"}`, "document.readyState === 'complete' && !document.querySelector('.tools')?.hidden");
}

async function press(browser, key) {
    const [code, windowsVirtualKeyCode] = KEYS[key];
    const text = key.length === 1 ? key : { Enter: "\r" }[key];
    await browser.call("Input.dispatchKeyEvent", { type: "keyDown", key, code, windowsVirtualKeyCode, text });
    await browser.call("Input.dispatchKeyEvent", { type: "keyUp", key, code, windowsVirtualKeyCode });
}

const focused = "document.activeElement?.closest('.clause, .case')?.id";

async function look(browser) {
    await open(browser);
    const entries = await browser.evaluate("document.querySelectorAll('.clause, .case').length");
    must(entries > 50, "it has the clauses and the cases", entries);
    must(await browser.evaluate("document.querySelectorAll('script[src], link[href], img[src]').length === 0"), "it needs no other file");

    await browser.evaluate("document.querySelector('.chip.v-broken').click()");
    const broken = await browser.evaluate(`${shown(".clause")}.map((clause) => clause.dataset.verdict)`);
    must(broken.length > 0 && broken.every((verdict) => verdict === "broken"), "a filter leaves what is broken", broken);
    must(await browser.evaluate("document.getElementById('found').textContent").then((text) => / of /.test(text)), "and says how much that is");
    await press(browser, "Escape");
    must(await browser.evaluate(`${shown(".clause, .case")}.length`) === entries, "Escape shows all again");

    await press(browser, "/");
    must(await browser.evaluate("document.activeElement.id === 'search'"), "the slash leads to the search");
    await browser.call("Input.insertText", { text: "rejected-on-set" });
    const hits = await browser.evaluate(`${shown(".clause")}.map((clause) => clause.id)`);
    must(hits.length > 0 && hits.length < 10, "a search finds a clause", hits);
    await browser.call("Input.insertText", { text: " and-nothing-has-this" });
    must(await browser.evaluate(`${shown(".clause, .case")}.length`) === 0, "every word is looked for");
    await press(browser, "Escape");

    await press(browser, "n");
    const first = await browser.evaluate(focused);
    await press(browser, "n");
    const second = await browser.evaluate(focused);
    must(first && second && first !== second, "n leads from problem to problem", [first, second]);
    await press(browser, "p");
    must(await browser.evaluate(focused) === first, "and p back", first);
    must(await browser.evaluate(`document.getElementById(${JSON.stringify(first)}).open`), "what is led to is unfolded");
    await press(browser, "Enter");
    must(!await browser.evaluate(`document.getElementById(${JSON.stringify(first)}).open`), "Enter folds it");

    const link = await browser.evaluate("document.querySelector('.judges a').getAttribute('href')");
    await open(browser, link);
    const target = `document.getElementById(decodeURIComponent(${JSON.stringify(link.slice(1))}))`;
    must(await browser.evaluate(`${target}.open`), "a link unfolds its case", link);
    const top = await browser.evaluate(`${target}.getBoundingClientRect().top`);
    must(top >= 0 && top < 400, "and scrolls to it", top);
    const step = await browser.evaluate(`${target}.querySelector('a.number').getAttribute('href')`);
    await open(browser, step);
    must(await browser.evaluate("document.querySelector('.step:target')?.checkVisibility() ?? false"), "a link leads to a step", step);
    const silence = await browser.evaluate("document.querySelector('.silence')?.closest('.case').id ?? ''");
    must(silence !== "", "silences are drawn");

    for (const scheme of ["light", "dark"]) {
        await browser.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
        await open(browser);
        await browser.lookAt(join(FOLDER, `desktop-${scheme}.png`), 1280, 900, false);
        await browser.lookAt(join(FOLDER, `phone-${scheme}.png`), 390, 844, false);
        await open(browser, `#${encodeURIComponent(silence)}`);
        await browser.lookAt(join(FOLDER, `case-phone-${scheme}.png`), 390, 844, false);
        await browser.lookAt(join(FOLDER, `case-desktop-${scheme}.png`), 1280, 900, false);
    }

    await browser.call("Emulation.setEmulatedMedia", { media: "print", features: [] });
    must(await browser.evaluate(`${shown(".bar, .skip, .here")}.length`) === 0, "what is of no use on paper is not printed");
    const paper = await browser.evaluate("getComputedStyle(document.body).backgroundColor");
    must(paper === "rgb(255, 255, 255)", "paper is white", paper);
    const { data } = await browser.call("Page.printToPDF", { preferCSSPageSize: true });
    await writeFile(join(FOLDER, "printed.pdf"), Buffer.from(data, "base64"));
    await browser.call("Emulation.setEmulatedMedia", { media: "", features: [] });

    await browser.call("Emulation.setScriptExecutionDisabled", { value: true });
    await browser.call("Page.navigate", { url: ADDRESS });
    await browser.shows("without scripts it can be read", "document.querySelectorAll('.clause').length > 0 && document.querySelector('.tools').hidden");
    must(browser.complaints.length === 0, "the browser complains of nothing", browser.complaints);
}

let code = 0;
const browser = await Browser.start();
try {
    await look(browser);
} catch (error) {
    console.error("report:", error.message);
    code = 1;
} finally {
    await browser.stop();
}
process.exit(code);
