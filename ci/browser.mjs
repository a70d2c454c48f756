// Headless Chromium, steered over its debugging pipe, for the checks that look at pages.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const TIMEOUT_MS = 20_000;

export function must(condition, what, found) {
    if (!condition) throw new Error(`${what}; found ${JSON.stringify(found)}`);
    console.log(`  ${what}`);
}

// The pipe carries JSON messages that end with a zero byte.
export class Browser {
    answers = new Map();
    complaints = [];
    last = 0;

    // In a profile of its own, unless it is given one.
    static async start({ profile, flags: further = [] } = {}) {
        const browser = new this();
        browser.profile = profile ?? (await mkdtemp(join(tmpdir(), "pushproof-chromium-")));
        const flags = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
            `--user-data-dir=${browser.profile}`, ...further, "about:blank",
        ];
        browser.process = spawn("chromium", flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
        browser.process.on("error", (error) => browser.complaints.push(`chromium: ${error.message}`));
        let rest = "";
        browser.process.stdio[4].setEncoding("utf8").on("data", (text) => {
            const messages = (rest + text).split("\0");
            rest = messages.pop();
            messages.map((message) => JSON.parse(message)).forEach((message) => browser.receive(message));
        });
        const { targetId } = await browser.call("Target.createTarget", { url: "about:blank" });
        ({ sessionId: browser.session } = await browser.call("Target.attachToTarget", { targetId, flatten: true }));
        await browser.call("Runtime.enable");
        await browser.call("Page.enable");
        return browser;
    }

    receive({ id, method, params, result, error }) {
        if (method === "Runtime.exceptionThrown") this.complaints.push(params.exceptionDetails.text);
        if (method === "Runtime.consoleAPICalled" && params.type === "error") this.complaints.push(params.args);
        if (!this.answers.has(id)) return;
        const [resolve, reject] = this.answers.get(id);
        this.answers.delete(id);
        if (error) reject(new Error(error.message));
        else resolve(result);
    }

    async call(method, params = {}, timeout = TIMEOUT_MS) {
        const id = ++this.last;
        const answered = new Promise((resolve, reject) => this.answers.set(id, [resolve, reject]));
        this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId: this.session })}\0`);
        const late = pause(timeout, undefined, { ref: false }).then(() => {
            throw new Error(`${method}: not within ${timeout / 1000} s`);
        });
        return Promise.race([answered, late]);
    }

    async evaluate(expression) {
        const { result } = await this.call("Runtime.evaluate", { expression, returnByValue: true });
        return result.value;
    }

    async shows(what, expression) {
        const deadline = Date.now() + TIMEOUT_MS;
        let value;
        while (!(value = await this.evaluate(expression))) {
            if (Date.now() > deadline) throw new Error(`${what}: not on the page: ${await this.evaluate("document.body.innerText")}`);
            await pause(50);
        }
        console.log(`  ${what}`);
        return value;
    }

    // Takes a screenshot at a size; nothing may stick out.
    async lookAt(path, width, height, whole = true) {
        await this.call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
        const { data } = await this.call("Page.captureScreenshot", { captureBeyondViewport: whole });
        await writeFile(path, Buffer.from(data, "base64"));
        const wide = await this.evaluate("document.documentElement.scrollWidth");
        must(wide <= width, `nothing sticks out at ${width} pixels`, wide);
    }

    // Lets it write down in its profile what it has, and end.
    async close() {
        if (this.process.exitCode !== null || this.process.signalCode !== null) return;
        const ended = once(this.process, "exit");
        this.call("Browser.close").catch(() => this.process.kill("SIGKILL"));
        await ended;
    }

    // Ends it at once, and removes its profile.
    async stop() {
        this.process.kill("SIGKILL");
        await once(this.process, "exit");
        await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
    }
}
