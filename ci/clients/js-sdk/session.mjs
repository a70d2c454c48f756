// Two people and three devices live with a homeserver by means of matrix-js-sdk, encryption included, which knows nothing
// of pushproof. Each step says what must have come of it; the first that did not ends the session with a message and
// exit code 1.

import { createServer } from "node:http";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { complain, say, sdk } from "./quiet-sdk.mjs";

const HOMESERVER = process.env.PUSHPROOF_HOMESERVER.replace(/\/$/, "");
const TIMEOUT_MS = 20_000;
const PASSWORDS = { alice: "alice's password", bob: "bob's password" };
const ENABLED = sdk.PUSHER_ENABLED.name;
const LINK = sdk.PUSHER_DEVICE_ID.name;
const SETTINGS = `${sdk.LOCAL_NOTIFICATION_SETTINGS_PREFIX.name}.`;

class Off extends Error {}

function must(condition, what, found) {
    if (!condition) throw new Off(found === undefined ? what : `${what}; found ${JSON.stringify(found)}`);
    say(`  ${what}`);
}

// Waits for something that the client learns by itself while it syncs.
async function until(what, found) {
    const deadline = Date.now() + TIMEOUT_MS;
    for (;;) {
        const result = await found();
        if (result) {
            say(`  ${what}`);
            return result;
        }
        if (Date.now() > deadline) throw new Off(`${what}: not within ${TIMEOUT_MS / 1000} s`);
        await pause(20);
    }
}

// The error that a request is refused with.
async function refusal(request) {
    try {
        await request;
    } catch (error) {
        if (error instanceof sdk.MatrixError) return error;
        throw error;
    }
    throw new Off("the homeserver did not refuse");
}

// A push gateway that keeps what it is told.
class Gateway {
    pushes = [];

    async start() {
        this.server = createServer(async (request, response) => {
            const chunks = [];
            for await (const chunk of request) chunks.push(chunk);
            this.pushes.push(JSON.parse(Buffer.concat(chunks)).notification);
            response.setHeader("content-type", "application/json");
            response.end(JSON.stringify({ rejected: [] }));
        });
        this.server.listen(0, "127.0.0.1");
        await once(this.server, "listening");
        this.url = `http://127.0.0.1:${this.server.address().port}/_matrix/push/v1/notify`;
    }

    stop() {
        this.server.closeAllConnections();
        this.server.close();
    }
}

async function logIn(name, device) {
    const anonymous = sdk.createClient({ baseUrl: HOMESERVER });
    const login = await anonymous.loginRequest({
        type: "m.login.password",
        identifier: { type: "m.id.user", user: name },
        password: PASSWORDS[name],
        device_id: device,
        initial_device_display_name: `${name}'s ${device}`,
    });
    const client = sdk.createClient({
        baseUrl: HOMESERVER,
        accessToken: login.access_token,
        userId: login.user_id,
        deviceId: login.device_id,
        timelineSupport: true,
    });
    await client.initRustCrypto({ useIndexedDB: false });
    await client.startClient({ initialSyncLimit: 10, lazyLoadMembers: true, pollTimeout: 5000 });
    await until(`${device} syncs`, () => client.isInitialSyncComplete());
    return client;
}

function event(client, room, id) {
    return client.getRoom(room)?.findEventById(id);
}

async function send(client, room, text) {
    return (await client.sendTextMessage(room, text)).event_id;
}

async function register(name) {
    const client = sdk.createClient({ baseUrl: HOMESERVER });
    const request = { username: name, password: PASSWORDS[name], inhibit_login: true };
    const challenge = await refusal(client.registerRequest(request));
    must(challenge.httpStatus === 401, `registering ${name} asks for a stage`, challenge.data);
    await client.registerRequest({ ...request, auth: { type: "m.login.dummy", session: challenge.data.session } });
}

async function accounts() {
    say("accounts and devices");
    for (const name of Object.keys(PASSWORDS)) await register(name);
    const anonymous = sdk.createClient({ baseUrl: HOMESERVER });
    const flows = (await anonymous.loginFlows()).flows.map((flow) => flow.type);
    must(flows.includes("m.login.password"), "a login by password is offered");
    const wrong = await refusal(anonymous.loginRequest({
        type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password: "not the password",
    }));
    must(wrong.errcode === "M_FORBIDDEN", "a wrong password is refused");
    const [phone, laptop, desktop] = [
        await logIn("alice", "PHONE"), await logIn("alice", "LAPTOP"), await logIn("bob", "DESKTOP"),
    ];
    const who = await phone.whoami();
    must(who.user_id === phone.getUserId() && who.device_id === "PHONE", "whoami tells user and device");
    await laptop.setDeviceDetails("PHONE", { display_name: "renamed" });
    const devices = (await phone.getDevices()).devices.map((device) => [device.device_id, device.display_name]);
    must(JSON.stringify(devices) === '[["LAPTOP","alice\'s LAPTOP"],["PHONE","renamed"]]', "devices are listed", devices);
    return [phone, laptop, desktop];
}

async function aRoom(phone, laptop, desktop) {
    say("a room");
    await phone.setDisplayName("Alice");
    const { room_id: room } = await phone.createRoom({
        name: "Den", topic: "a topic", room_alias_name: "den", invite: [desktop.getUserId()],
    });
    await until("an invite arrives", () => desktop.getRoom(room)?.getMyMembership() === "invite");
    must(desktop.getRoom(room).name === "Den", "the invite names the room");
    await desktop.joinRoom(room);
    for (const client of [phone, laptop]) {
        const joined = () => client.getRoom(room)?.getMember(desktop.getUserId())?.membership === "join";
        await until(`${client.getDeviceId()} sees who joined`, joined);
    }
    await until("who joined sees the room", () => desktop.getRoom(room).getMyMembership() === "join");
    await desktop.getRoom(room).loadMembersIfNeeded();
    must(desktop.getRoom(room).getMember(phone.getUserId())?.name === "Alice", "members have names");
    const alias = `#den:${room.split(":")[1]}`;
    must((await desktop.getRoomIdForAlias(alias)).room_id === room, "an alias means the room");
    must((await phone.getLocalAliases(room)).aliases[0] === alias, "aliases are listed");
    await phone.setRoomTopic(room, "another topic");
    const topic = () => desktop.getRoom(room).currentState.getStateEvents("m.room.topic", "").getContent().topic;
    await until("state changes arrive", () => topic() === "another topic");
    await phone.setRoomTag(room, "m.favourite", { order: 0.5 });
    await until("a tag arrives at the other device", () => "m.favourite" in laptop.getRoom(room).tags);
    const { content_uri: address } = await phone.uploadContent(Buffer.from("a picture"), { type: "image/png" });
    const response = await fetch(desktop.mxcUrlToHttp(address));
    must((await response.text()) === "a picture" && response.headers.get("content-type") === "image/png", "media are kept");
    return room;
}

async function messages(phone, laptop, desktop, room) {
    say("messages, receipts and counts");
    const hello = await send(desktop, room, "hello");
    for (const client of [phone, laptop]) {
        await until(`${client.getDeviceId()} receives a message`, () => event(client, room, hello));
        must(event(client, room, hello).getContent().body === "hello", "with its text");
        await until("counted as unread", () => client.getRoom(room).getUnreadNotificationCount("total") === 1);
    }
    await phone.sendReadReceipt(event(phone, room, hello));
    await until("a receipt clears the count elsewhere", () => laptop.getRoom(room).getUnreadNotificationCount("total") === 0);
    const readers = () => desktop.getRoom(room).getUsersReadUpTo(event(desktop, room, hello));
    await until("the sender sees the receipt", () => event(desktop, room, hello) && readers().includes(phone.getUserId()));
    await phone.setRoomReadMarkers(room, hello);
    const marker = () => laptop.getRoom(room).getAccountData("m.fully_read")?.getContent().event_id;
    await until("the read marker moves", () => marker() === hello);
    await desktop.sendTyping(room, true, 5000);
    await until("typing is seen", () => phone.getRoom(room).getMember(desktop.getUserId()).typing);

    const reaction = { "m.relates_to": { rel_type: "m.annotation", event_id: hello, key: "x" } };
    const { event_id: reacted } = await phone.sendEvent(room, "m.reaction", reaction);
    const { events: related } = await desktop.relations(room, hello, "m.annotation", "m.reaction");
    must(related.map((event) => event.getId()).join() === reacted, "related events are found");
    const wrong = await send(desktop, room, "wrong");
    await until("an event is there", () => event(phone, room, wrong));
    await desktop.redactEvent(room, wrong);
    await until("and is redacted", () => event(phone, room, wrong).isRedacted());
    const context = await phone.getEventTimeline(phone.getRoom(room).getUnfilteredTimelineSet(), hello);
    must(context.getEvents().some((event) => event.getId() === hello), "an event has its context");
    for (let number = 0; number < 15; number++) await send(desktop, room, `number ${number}`);
    const late = sdk.createClient({
        baseUrl: HOMESERVER, accessToken: phone.getAccessToken(), userId: phone.getUserId(), deviceId: "PHONE",
    });
    await late.startClient({ initialSyncLimit: 5 });
    await until("another start syncs", () => late.isInitialSyncComplete());
    must(!event(late, room, hello), "with the latest events only");
    while (await late.paginateEventTimeline(late.getRoom(room).getLiveTimeline(), { backwards: true, limit: 5 }));
    must(event(late, room, hello), "history is read in pages");
    late.stopClient();
}

async function accountData(phone, laptop) {
    say("account data and presence");
    await phone.setLocalNotificationSettings("PHONE", { is_silenced: true });
    const settings = () => laptop.getAccountData(`${SETTINGS}PHONE`)?.getContent();
    await until("settings arrive at the other device", () => settings()?.is_silenced === true);
    await phone.setPresence({ presence: "unavailable", status_msg: "away" });
    await until("presence is told", () => laptop.getUser(phone.getUserId())?.presenceStatusMsg === "away");
}

async function pushRules(phone, laptop, desktop, room) {
    say("push rules");
    must(phone.pushRules.global.override.some((rule) => rule.rule_id === ".m.rule.master"), "the defaults are told");
    const actions = ["notify", { set_tweak: "highlight", value: true }];
    await phone.addPushRule("global", "content", "gremlins", { pattern: "gremlin", actions });
    await until("a change arrives at the other device", () => laptop.pushRules.global.content?.some((rule) => rule.rule_id === "gremlins"));
    const gremlin = await send(desktop, room, "a gremlin!");
    await until("the rule highlights", () => phone.getRoom(room).getUnreadNotificationCount("highlight") === 1);
    await until("in the client too", () => event(laptop, room, gremlin));
    must(laptop.getPushActionsForEvent(event(laptop, room, gremlin)).tweaks.highlight, "as the client evaluates it");
    await phone.setPushRuleActions("global", "content", "gremlins", []);
    await phone.setPushRuleEnabled("global", "content", "gremlins", false);
    await phone.setRoomMutePushRule("global", room, true);
    await until("a room is muted", () => laptop.getRoomPushRule("global", room) !== undefined);
    await phone.deletePushRule("global", "room", room);
    await phone.deletePushRule("global", "content", "gremlins");
    const gone = await refusal(phone.deletePushRule("global", "content", "gremlins"));
    must(gone.errcode === "M_NOT_FOUND", "a deleted rule is gone");
    const { notifications } = await phone.http.authedRequest("GET", "/notifications", { limit: 1 });
    must(notifications[0].event.event_id === gremlin, "notifications are listed", notifications);
}

async function pushers(phone, laptop, desktop, room, gateway) {
    say("pushers");
    await phone.setPusher({
        app_id: "org.example.js", pushkey: "key", kind: "http", app_display_name: "js", device_display_name: "Phone",
        lang: "en", data: { url: gateway.url }, append: false, [ENABLED]: true,
    });
    const [listed] = (await laptop.getPushers()).pushers;
    must(listed[ENABLED] === true && listed[LINK] === "PHONE", "a pusher has state and link", listed);
    const ping = await send(desktop, room, "ping");
    const told = (id) => gateway.pushes.some((push) => push.event_id === id);
    await until("a push arrives", () => told(ping));
    // The link is an invalid parameter when setting: a client that toggles must leave it out.
    const { [LINK]: _, ...fields } = listed;
    await laptop.setPusher({ ...fields, [ENABLED]: false });
    must((await phone.getPushers()).pushers[0][ENABLED] === false, "another device disables it");
    const unheard = await send(desktop, room, "unheard");
    await laptop.setPusher({ ...fields, [ENABLED]: true });
    const heard = await send(desktop, room, "heard");
    await until("enabled again it is told", () => told(heard));
    must(!told(unheard), "but not of what came while it was disabled");
    await phone.removePusher("key", "org.example.js");
    must((await laptop.getPushers()).pushers.length === 0, "a pusher is removed");
    await phone.setPusher({ ...fields, [ENABLED]: true });
}

async function encryption(phone, desktop) {
    say("encryption");
    const algorithm = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
    const { room_id: room } = await phone.createRoom({
        name: "Vault", invite: [desktop.getUserId()], initial_state: [algorithm],
    });
    await until("an invite to an encrypted room arrives", () => desktop.getRoom(room)?.getMyMembership() === "invite");
    await desktop.joinRoom(room);
    const joined = (client) => client.getRoom(room)?.getJoinedMembers().length === 2;
    await until("both are in it", () => joined(phone) && desktop.getRoom(room)?.getMyMembership() === "join");
    const secret = await send(phone, room, "a secret");
    await until("an encrypted message arrives", () => event(desktop, room, secret));
    await until("and is read", () => event(desktop, room, secret).getContent().body === "a secret");
    must(event(desktop, room, secret).isEncrypted(), "which was encrypted on its way");
}

async function moderation(phone, desktop, room) {
    say("moderation");
    const membership = () => desktop.getRoom(room)?.getMyMembership();
    await phone.kick(room, desktop.getUserId(), "why");
    await until("who is kicked is out", () => membership() === "leave");
    await phone.invite(room, desktop.getUserId());
    await desktop.joinRoom(room);
    await until("and comes back invited", () => membership() === "join");
    await phone.ban(room, desktop.getUserId());
    await until("who is banned is out", () => membership() === "ban");
    must((await refusal(desktop.joinRoom(room))).errcode === "M_FORBIDDEN", "and stays out");
    await phone.unban(room, desktop.getUserId());
    await desktop.forget(room);
}

async function farewell(phone, laptop) {
    say("devices go");
    const challenge = await refusal(laptop.deleteMultipleDevices(["PHONE"]));
    must(challenge.httpStatus === 401 && challenge.data.flows, "removing a device wants the password");
    phone.stopClient();
    await laptop.deleteMultipleDevices(["PHONE"], {
        type: "m.login.password", session: challenge.data.session, password: PASSWORDS.alice,
        identifier: { type: "m.id.user", user: laptop.getUserId() },
    });
    must((await refusal(phone.whoami())).errcode === "M_UNKNOWN_TOKEN", "the device is logged out");
    must((await laptop.getPushers()).pushers.length === 0, "its pusher is gone");
    await until("its settings are gone from the client", () => !laptop.getAccountData(`${SETTINGS}PHONE`)?.getContent().is_silenced);
    const settings = `/user/${encodeURIComponent(laptop.getUserId())}/account_data/${SETTINGS}PHONE`;
    must((await refusal(laptop.http.authedRequest("GET", settings))).errcode === "M_NOT_FOUND", "and from the server");
    laptop.stopClient();
    await laptop.logout();
    must((await refusal(laptop.whoami())).errcode === "M_UNKNOWN_TOKEN", "a logout ends a device");
}

const gateway = new Gateway();
await gateway.start();
let code = 0;
try {
    const [phone, laptop, desktop] = await accounts();
    const room = await aRoom(phone, laptop, desktop);
    await messages(phone, laptop, desktop, room);
    await accountData(phone, laptop);
    await pushRules(phone, laptop, desktop, room);
    await pushers(phone, laptop, desktop, room, gateway);
    await encryption(phone, desktop);
    await moderation(phone, desktop, room);
    await farewell(phone, laptop);
    desktop.stopClient();
    say("matrix-js-sdk: everything as it must be");
} catch (error) {
    complain("matrix-js-sdk:", error instanceof Off ? error.message : error);
    code = 1;
} finally {
    gateway.stop();
}
process.exit(code);
