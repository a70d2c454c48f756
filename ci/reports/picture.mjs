// Takes a picture of a page: `picture.mjs PAGE PICTURE`.

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { Browser } from "../browser.mjs";

const [PAGE, PICTURE] = process.argv.slice(2);
const browser = await Browser.start();
try {
    await browser.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "light" }] });
    await browser.call("Emulation.setDeviceMetricsOverride", { width: 1000, height: 760, deviceScaleFactor: 1, mobile: false });
    await browser.call("Page.navigate", { url: pathToFileURL(resolve(PAGE)).href });
    await browser.shows("the report is there", "document.readyState === 'complete' && !document.querySelector('.tools')?.hidden");
    // What is broken, without what was looked at beforehand: there is room for one screen.
    await browser.evaluate("document.querySelector('[aria-labelledby=preflight]').hidden = true");
    await browser.evaluate("document.querySelector('.chip.v-broken').click()");
    await browser.lookAt(PICTURE, 1000, 760, false);
} finally {
    await browser.stop();
}
