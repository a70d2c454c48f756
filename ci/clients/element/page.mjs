// The page: Element's client and notifier as they are published, on a platform that tells what it is asked to show.
// `pushproof` is the driver's; it takes text.

import * as sounds from "./sounds.mjs";
import * as devices from "./devices.mjs";
import BasePlatform from "matrix-react-sdk/src/BasePlatform";
import { setLanguage } from "matrix-react-sdk/src/languageHandler";
import { MatrixClientPeg } from "matrix-react-sdk/src/MatrixClientPeg";
import Notifier from "matrix-react-sdk/src/Notifier";
import PlatformPeg from "matrix-react-sdk/src/PlatformPeg";
import SdkConfig from "matrix-react-sdk/src/SdkConfig";
import DMRoomMap from "matrix-react-sdk/src/utils/DMRoomMap";
import { ClientEvent, RoomEvent, SyncState } from "matrix-js-sdk/src/matrix";

function tell(event, effect) {
    pushproof(JSON.stringify({ room_id: event.getRoomId(), event_id: event.getId(), effect }));
}

// A browser in which the user has allowed notifications.
class Platform extends BasePlatform {
    supportsNotifications = () => true;
    maySendNotifications = () => true;
    requestNotificationPermission = async () => "granted";
    getHumanReadableName = () => "pushproof";
    getDefaultDeviceDisplayName = () => "pushproof";
    getAppVersion = async () => "1";
    getConfig = async () => undefined;
    reload() {}

    displayNotification(title, body, avatar, room, event) {
        tell(event, "banner");
        return { close() {} };
    }

    // Asks for attention in other ways than a sound, also where there is to be none.
    loudNotification(event) {
        sounds.expect(event);
    }
}

sounds.listen((event) => tell(event, "sound"));
SdkConfig.put({ brand: "Element", setting_defaults: { lowBandwidth: true } });
PlatformPeg.set(new Platform());

// What the answers to /sync have brought, and what of it has been gone through to the end.
const [arrived, processed] = [new Set(), new Set()];

globalThis.element = {
    async start({ homeserver, user_id, device_id, access_token }) {
        await setLanguage("en");
        MatrixClientPeg.replaceUsingCreds({
            homeserverUrl: homeserver.replace(/\/$/, ""), accessToken: access_token, userId: user_id,
            deviceId: device_id, guest: false,
        });
        const client = MatrixClientPeg.safeGet();
        Notifier.start();
        DMRoomMap.makeShared(client).start();
        client.on(RoomEvent.Timeline, (event) => arrived.add(event.getId()));
        client.on(RoomEvent.MyMembership, (room, membership) => membership === "invite" && arrived.add(room.roomId));
        const synced = new Promise((resolve) => {
            client.on(ClientEvent.Sync, (state, _, data) => {
                arrived.forEach((one) => processed.add(one));
                arrived.clear();
                if (state === SyncState.Syncing && !data?.fromCache) resolve();
            });
        });
        await MatrixClientPeg.start();
        await synced;
    },

    async settle({ room_id, event_id, deadline_ms }) {
        const until = Date.now() + deadline_ms;
        const missing = () => {
            if (!processed.has(event_id ?? room_id)) return "the event was not processed";
            return sounds.pending() && "a sound that is due did not start";
        };
        while (missing()) {
            if (Date.now() > until) throw new Error(missing());
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    },

    list_devices() {
        return devices.list(MatrixClientPeg.safeGet());
    },

    set_push(params) {
        return devices.setPush(MatrixClientPeg.safeGet(), params);
    },

    stop() {
        Notifier.stop();
        MatrixClientPeg.safeGet().stopClient();
    },
};

pushproof(JSON.stringify({ ready: true }));
