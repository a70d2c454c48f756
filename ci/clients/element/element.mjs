// Headless Chromium with the page in it, and the server that the page comes from.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Browser } from "../../browser.mjs";

const PACKAGE = "node_modules/matrix-react-sdk";
const ENGLISH = "en_EN.json";
const FILES = {
    "/page.js": ["text/javascript", ".work/page.js"],
    "/indexeddb.worker.ts": ["text/javascript", ".work/indexeddb.worker.js"],
    [`/i18n/${ENGLISH}`]: ["application/json", `${PACKAGE}/src/i18n/strings/${ENGLISH}`],
    "/media/message.mp3": ["audio/mpeg", `${PACKAGE}/res/media/message.mp3`],
    "/media/message.ogg": ["audio/ogg", `${PACKAGE}/res/media/message.ogg`],
};
const TEXTS = {
    "/": ["text/html; charset=utf-8", '<!doctype html><title>Element</title><body><script src="page.js"></script>'],
    "/i18n/languages.json": ["application/json", JSON.stringify({ en: ENGLISH })],
};

async function serve({ url }, response) {
    if (TEXTS[url]) response.writeHead(200, { "content-type": TEXTS[url][0] }).end(TEXTS[url][1]);
    else if (FILES[url]) {
        const [type, path] = FILES[url];
        response.writeHead(200, { "content-type": type }).end(await readFile(new URL(path, import.meta.url)));
    } else response.writeHead(404).end();
}

export class Element extends Browser {
    // The profile is what lasts over restarts. `tell` takes what the page shows.
    static async open(profile, tell) {
        const server = createServer(serve).listen(0, "localhost");
        await once(server, "listening");
        const element = await Element.start({
            profile,
            flags: [
                "--mute-audio", "--autoplay-policy=no-user-gesture-required",
                // Nothing but this machine is asked for anything.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            ],
        });
        element.tell = tell;
        element.address = `http://localhost:${server.address().port}/`;
        await element.call("Runtime.addBinding", { name: "pushproof" });
        return element;
    }

    // Many of them may start at the same time.
    call(method, params, timeout = 50_000) {
        return super.call(method, params, timeout);
    }

    receive(message) {
        const { method, params } = message;
        if (method === "Runtime.bindingCalled") {
            const told = JSON.parse(params.payload);
            if (told.ready) this.ready();
            else this.tell(told);
        }
        if (method === "Runtime.consoleAPICalled" && ["error", "warning"].includes(params.type)) {
            console.error(...params.args.map(({ value, description }) => value ?? description));
        }
        if (method === "Runtime.exceptionThrown") console.error(params.exceptionDetails.exception?.description);
        super.receive(message);
    }

    // The page itself says when it is there: that something has been loaded may be said of what was there before.
    async load() {
        const ready = new Promise((resolve) => (this.ready = resolve));
        await this.call("Page.navigate", { url: this.address });
        await ready;
    }

    // Has the page do something, waits until it has, and gives what it answers.
    async ask(method, params, timeout) {
        const expression = `element.${method}(${JSON.stringify(params ?? {})})`;
        const how = { expression, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails: wrong } = await this.call("Runtime.evaluate", how, timeout);
        if (wrong) throw new Error(wrong.exception?.description?.split("\n")[0] ?? wrong.text);
        return result.value;
    }
}
