// The driver of Element, as it was last published for others to build on: its notifier, its list of sessions and the
// client below them, in headless Chromium. That it notifies is seen where it asks the platform to; how it shows devices
// is read off its list.
//
// Invites and encrypted events are not declared: the notifier hears of no invites, and says nothing of what it cannot
// decrypt. Element's ringing is not the notifier's, and its list shows devices, not pushers.

import { join } from "node:path";
import manifest from "matrix-react-sdk/package.json" with { type: "json" };
import { Refused, serve } from "../protocol.mjs";
import { Element } from "./element.mjs";

let element;
let running = false;
let shown;

function show({ room_id, event_id, effect }) {
    const known = shown.find((one) => one.event_id === event_id);
    if (known) known.effects = [...new Set([...known.effects, effect])];
    else shown.push({ room_id, event_id, effects: [effect] });
}

function started() {
    if (!running) throw new Refused(-32000, "it does not run");
    return element;
}

const methods = {
    initialize({ protocol }) {
        if (protocol !== 1) throw new Refused(-32602, "this driver speaks version 1 of the protocol");
        return {
            name: "Element", version: `matrix-react-sdk ${manifest.version}`, language: "TypeScript",
            dialects: ["msc3881"],
            capabilities: { pusherless: true, list_devices: true, toggle: true, restart: true },
            effects: ["banner", "sound"], kinds: ["message", "highlight", "direct", "call"],
        };
    },

    async start(params) {
        if (!params.homeserver) throw new Refused(-32602, "there is no homeserver");
        if (running) throw new Refused(-32000, "it runs already");
        running = true;
        shown = [];
        try {
            element ??= await Element.open(join(params.store, "chromium"), show);
            await element.load();
            await element.ask("start", params, 55_000);
        } catch (error) {
            running = false;
            throw error;
        }
        return {};
    },

    async settle(params) {
        await started().ask("settle", params);
        return {};
    },

    notifications({ room_id }) {
        if (!shown) throw new Refused(-32000, "it was never started");
        return { notifications: shown.filter((one) => !room_id || one.room_id === room_id) };
    },

    async list_devices() {
        return { devices: await started().ask("list_devices") };
    },

    async set_push(params) {
        await started().ask("set_push", params);
        return {};
    },

    async stop() {
        if (running) {
            running = false;
            await element.ask("stop");
            await element.call("Page.navigate", { url: "about:blank" });
        }
        return {};
    },
};

await serve(methods, "this is not to be had of Element");
await element?.close();
process.exit();
