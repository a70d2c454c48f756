// The driver of matrix-js-sdk: pushers listed and set by its own methods, settings events written by its own method.
//
// The SDK is no client. It leaves to the application whether a paused device notifies, makes sure of a settings event,
// and how devices are shown; so none of this is declared. What this driver adds is what the SDK's types ask of an
// application: which pushers are a device's own, and that their link is not sent back.

import manifest from "matrix-js-sdk/package.json" with { type: "json" };
import { Refused, serve } from "../protocol.mjs";
import { sdk } from "./quiet-sdk.mjs";

const [ENABLED, LINK] = [sdk.PUSHER_ENABLED.name, sdk.PUSHER_DEVICE_ID.name];
const SETTINGS = `${sdk.LOCAL_NOTIFICATION_SETTINGS_PREFIX.name}.`;

// What the SDK leaves to the application although it lists and sets pushers.
const lacks = [
    { method: "list_pushers", of: "linked pushers without a state", why: "the application takes them for on or off" },
    { method: "list_pushers", of: "pushers whose state is null", why: "the application takes them for on or off" },
    { method: "set_push", of: "devices with neither", why: "the application offers silencing, or does not" },
];

let client;

function running() {
    if (!client) throw new Refused(-32000, "it does not run");
    return client;
}

const methods = {
    initialize({ protocol }) {
        if (protocol !== 1) throw new Refused(-32602, "this driver speaks version 1 of the protocol");
        const capabilities = { pusher: true, list_pushers: true, toggle: true };
        return {
            name: "matrix-js-sdk", version: manifest.version, language: "JavaScript", dialects: ["msc3881"], capabilities,
            lacks,
        };
    },

    async start({ homeserver, user_id, device_id, access_token }) {
        if (!homeserver) throw new Refused(-32602, "there is no homeserver");
        if (client) throw new Refused(-32000, "it runs already");
        client = sdk.createClient({
            baseUrl: homeserver.replace(/\/$/, ""), accessToken: access_token, userId: user_id, deviceId: device_id,
        });
        const synced = new Promise((resolve) => {
            client.on(sdk.ClientEvent.Sync, (state) => state === sdk.SyncState.Prepared && resolve());
        });
        await client.startClient({ initialSyncLimit: 1, pollTimeout: 5000 });
        await synced;
        return {};
    },

    async list_pushers() {
        const { pushers } = await running().getPushers();
        // On a homeserver that has the proposal, what lacks a state is handed on as it is: see `lacks`.
        const shown = pushers.filter(({ [ENABLED]: enabled }) => typeof enabled === "boolean");
        return { pushers: shown.map(({ app_id, pushkey, [ENABLED]: enabled }) => ({ app_id, pushkey, enabled })) };
    },

    async set_push({ device_id, enabled }) {
        const { pushers } = await running().getPushers();
        const linked = pushers.filter((pusher) => pusher[LINK] === device_id);
        for (const { [LINK]: _, ...pusher } of linked) await client.setPusher({ ...pusher, [ENABLED]: enabled });
        if (linked.length === 0) {
            if (!client.getAccountData(SETTINGS + device_id)) throw new Refused(-32000, "there is nothing to set");
            await client.setLocalNotificationSettings(device_id, { is_silenced: !enabled });
        }
        return {};
    },

    stop() {
        client?.stopClient();
        client = undefined;
        return {};
    },
};

await serve(methods, "the SDK leaves this to the application");
process.exit();
