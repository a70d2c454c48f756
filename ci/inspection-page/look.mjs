// Has things happen on a homeserver and looks at its page meanwhile. The first thing that is off ends it with a message and
// exit code 1.

import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";

import { Browser, must } from "../browser.mjs";

const [HOMESERVER, PAGE] = [process.env.PUSHPROOF_HOMESERVER, process.env.PUSHPROOF_INSPECTION];
const SCREENSHOTS = process.argv[2];
const ENABLED = "org.matrix.msc3881.enabled";
const SETTINGS = "org.matrix.msc3890.local_notification_settings.";

async function ask(method, path, token, body) {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const response = await fetch(`${HOMESERVER}_matrix/client/v3${path}`, { method, headers, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
}

function register(username, device) {
    const auth = { type: "m.login.dummy" };
    return ask("POST", "/register", undefined, {
        username, password: "a password", device_id: device, initial_device_display_name: `${username}'s device`, auth,
    });
}

async function look(browser, gateway) {
    await browser.call("Page.navigate", { url: PAGE });
    await browser.shows("an empty homeserver says so", "document.body.innerText.includes('Nobody has registered yet')");

    const alice = await register("alice", "PHONE");
    const laptop = await ask("POST", "/login", undefined, {
        type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password: "a password",
        device_id: "<b>LAPTOP</b> with quite a long identifier for a device", initial_device_display_name: "The laptop",
    });
    const bob = await register("bob", "DESKTOP");
    const user = encodeURIComponent(alice.user_id);
    await ask("PUT", `/user/${user}/account_data/${SETTINGS}PHONE`, alice.access_token, { is_silenced: true });
    const pusher = (pushkey, enabled) => ({
        app_id: "org.example.app", pushkey, kind: "http", app_display_name: "App", device_display_name: "Phone",
        lang: "en", append: true, data: { url: gateway }, [ENABLED]: enabled,
    });
    for (const pushkey of ["main", "sentinel"]) await ask("POST", "/pushers/set", alice.access_token, pusher(pushkey, true));
    const { room_id: room } = await ask("POST", "/createRoom", bob.access_token, { invite: [alice.user_id] });
    await ask("POST", `/join/${encodeURIComponent(room)}`, alice.access_token, {});
    const say = (number) => ask(
        "PUT", `/rooms/${encodeURIComponent(room)}/send/m.room.message/${number}`, bob.access_token,
        { msgtype: "m.text", body: "hello" },
    );
    await say(1);
    await browser.shows("devices come up without a reload", "document.querySelectorAll('li.device').length === 3");
    await browser.shows("what the server tells is text", "document.body.innerText.includes('<b>LAPTOP</b>')");
    await browser.shows("with their settings", "document.body.innerText.includes('{\"is_silenced\":true}')");
    await browser.shows("pushers have state and link", "[...document.querySelectorAll('li.pusher')].every((p) => /enabled[^]*linked to PHONE/.test(p.innerText))");
    await browser.shows("deliveries come up", "document.querySelectorAll('li.delivery').length >= 2");

    await ask("POST", "/pushers/set", laptop.access_token, pusher("main", false));
    const { event_id: unheard } = await say(2);
    const silence = "document.querySelector('li.silence')?.innerText";
    const told = await browser.shows("a disabled pusher is silent", silence);
    must(told.includes("main") && told.includes(unheard), "about which event", told);
    await ask("POST", "/account/3pid/email/requestToken", alice.access_token, {
        client_secret: "secret", email: "alice@example.org", send_attempt: 1,
    });
    const mail = await browser.shows("a mail comes up", "document.querySelector('li.mail')?.innerText");
    must(/mailed, 250[^]*alice@example.org/.test(mail), "with its address", mail);
    await browser.shows("and shown as disabled", "[...document.querySelectorAll('li.pusher .off')].length === 1");

    for (const [name, width, height, columns] of [["phone", 390, 844, 1], ["desktop", 1280, 800, 2]]) {
        await browser.lookAt(join(SCREENSHOTS, `${name}.png`), width, height);
        const found = await browser.evaluate("getComputedStyle(document.querySelector('main')).gridTemplateColumns.split(' ').length");
        must(found === columns, `the columns fit a ${name}`, found);
    }
    must(browser.complaints.length === 0, "the browser complains of nothing", browser.complaints);
}

const gateway = createServer((request, response) => {
    request.resume().on("end", () => response.end('{"rejected": []}'));
});
gateway.listen(0, "127.0.0.1");
await once(gateway, "listening");
let code = 0;
const browser = await Browser.start();
try {
    await look(browser, `http://127.0.0.1:${gateway.address().port}/_matrix/push/v1/notify`);
    console.log("inspection page: everything as it must be");
} catch (error) {
    console.error("inspection page:", error.message);
    code = 1;
} finally {
    await browser.stop();
    gateway.closeAllConnections();
    gateway.close();
}
process.exit(code);
