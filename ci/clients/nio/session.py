"""Two people and three devices live with a homeserver by means of matrix-nio, which knows nothing of pushproof.

Each step says what must have come of it; the first that did not ends the session with a message and exit code 1.
"""

import asyncio
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import nio
from aiohttp import web

HOMESERVER = os.environ["PUSHPROOF_HOMESERVER"].rstrip("/")
TIMEOUT_S = 20
# The names of the proposal as clients spell them today.
ENABLED, LINK = "org.matrix.msc3881.enabled", "org.matrix.msc3881.device_id"
SETTINGS = "org.matrix.msc3890.local_notification_settings."
PASSWORDS = {"alice": "alice's password", "bob": "bob's password"}


class Off(Exception):
    """Something was not as it must be."""


def must(condition, what, found=None):
    if not condition:
        raise Off(what if found is None else f"{what}; found {found!r}")
    print(f"  {what}")


def ok(response):
    """The response itself, unless it is an error."""
    if isinstance(response, nio.ErrorResponse):
        raise Off(f"the homeserver answered {response}")
    return response


class Gateway:
    """A push gateway that keeps what it is told."""

    def __init__(self):
        self.pushes = asyncio.Queue()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/_matrix/push/v1/notify", self.notify)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/_matrix/push/v1/notify"
        return self

    async def __aexit__(self, *_):
        await self.runner.cleanup()

    async def notify(self, request):
        await self.pushes.put((await request.json())["notification"])
        return web.json_response({"rejected": []})

    async def push(self):
        return await asyncio.wait_for(self.pushes.get(), TIMEOUT_S)


class Device:
    """A logged-in device, and everything that it was told."""

    def __init__(self, name, device, store):
        config = nio.AsyncClientConfig(encryption_enabled=True, max_limit_exceeded=0, max_timeouts=0)
        path = Path(store) / device
        path.mkdir()
        self.client = nio.AsyncClient(HOMESERVER, name, device, store_path=str(path), config=config)
        self.name, self.id = name, device
        self.events, self.ephemeral, self.account_data, self.presence = [], [], [], []
        self.client.add_event_callback(lambda room, event: self.events.append(event), nio.Event)
        self.client.add_ephemeral_callback(lambda room, event: self.ephemeral.append(event), nio.EphemeralEvent)
        self.client.add_global_account_data_callback(self.account_data.append, nio.AccountDataEvent)
        self.client.add_presence_callback(self.presence.append, nio.PresenceEvent)
        self.left = {}

    async def log_in(self):
        ok(await self.client.login(PASSWORDS[self.name], device_name=f"{self.name}'s {self.id}"))
        return self

    async def sync(self, timeout_ms=0):
        synced = ok(await self.client.sync(timeout=timeout_ms))
        self.left.update(synced.rooms.leave)
        if self.client.should_upload_keys:
            ok(await self.client.keys_upload())
        if self.client.should_query_keys:
            ok(await self.client.keys_query())

    async def until(self, what, found):
        """Syncs until something is found."""

        async def loop():
            while not (result := found()):
                await self.sync(timeout_ms=1000)
            return result

        try:
            result = await asyncio.wait_for(loop(), TIMEOUT_S)
        except asyncio.TimeoutError:
            raise Off(f"{what}: not within {TIMEOUT_S} s") from None
        print(f"  {what}")
        return result

    def told(self, event_id):
        return next((event for event in self.events if event.event_id == event_id), None)

    async def call(self, method, path, body=None):
        """What nio has no function for goes through its transport."""
        headers = {"Authorization": f"Bearer {self.client.access_token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        response = await self.client.send(method, f"/_matrix/client/v3{path}", data, headers)
        return response.status, await response.json()

    async def ok(self, method, path, body=None):
        status, answer = await self.call(method, path, body)
        if status != 200:
            raise Off(f"{method} {path}: {status} {answer}")
        return answer

    async def say(self, room, text):
        content = {"msgtype": "m.text", "body": text}
        return ok(await self.client.room_send(room, "m.room.message", content)).event_id

    async def pusher(self):
        pushers = (await self.ok("GET", "/pushers"))["pushers"]
        return pushers[0] if pushers else None


async def accounts(phone, laptop, desktop):
    print("accounts and devices")
    for name in PASSWORDS:
        client = nio.AsyncClient(HOMESERVER)
        ok(await client.register(name, PASSWORDS[name], device_name="made here"))
        ok(await client.logout())
        await client.close()
    wrong = await phone.client.login("not the password")
    must(isinstance(wrong, nio.LoginError) and wrong.status_code == "M_FORBIDDEN", "a wrong password is refused")
    for device in (phone, laptop, desktop):
        await device.log_in()
        await device.sync()
    who = ok(await laptop.client.whoami())
    must((who.user_id, who.device_id) == (laptop.client.user_id, "LAPTOP"), "whoami tells user and device")
    devices = ok(await phone.client.devices()).devices
    names = {device.id: device.display_name for device in devices}
    must(names == {"PHONE": "alice's PHONE", "LAPTOP": "alice's LAPTOP"}, "both devices are listed", names)
    ok(await phone.client.update_device("LAPTOP", {"display_name": "renamed"}))
    devices = ok(await phone.client.devices()).devices
    must("renamed" in [device.display_name for device in devices], "a device has another name")


async def profiles(phone, desktop):
    print("profiles and media")
    ok(await phone.client.set_displayname("Alice"))
    uploaded, _ = await phone.client.upload(io.BytesIO(b"a picture"), "image/png", "a.png", filesize=9)
    ok(await phone.client.set_avatar(ok(uploaded).content_uri))
    profile = ok(await desktop.client.get_profile(phone.client.user_id))
    must(profile.displayname == "Alice" and profile.avatar_url == uploaded.content_uri, "others see a profile", profile)
    medium = ok(await desktop.client.download(uploaded.content_uri))
    must((medium.body, medium.content_type) == (b"a picture", "image/png"), "others download media", medium)
    thumbnail = ok(await desktop.client.thumbnail(*uploaded.content_uri[6:].split("/"), 32, 32))
    must(thumbnail.body == b"a picture", "a thumbnail is the picture")
    must(ok(await phone.client.content_repository_config()).upload_size > 0, "the largest upload is told")


async def a_room(phone, laptop, desktop):
    print("a room")
    created = await phone.client.room_create(name="Den", alias="den", topic="a topic", invite=[desktop.client.user_id])
    room = ok(created).room_id
    await desktop.until("an invite arrives", lambda: room in desktop.client.invited_rooms)
    must(desktop.client.invited_rooms[room].name == "Den", "the invite names the room")
    ok(await desktop.client.join(room))
    await desktop.until("who joined sees the room", lambda: room in desktop.client.rooms)
    for device in (phone, laptop):
        users = lambda: desktop.client.user_id in getattr(device.client.rooms.get(room), "users", {})
        await device.until(f"{device.id} sees who joined", users)
    seen = desktop.client.rooms[room]
    must((seen.name, seen.topic, len(seen.users)) == ("Den", "a topic", 2), "the room has name, topic and members")
    must(seen.user_name(phone.client.user_id) == "Alice", "members have names")
    rooms = ok(await desktop.client.joined_rooms()).rooms
    must(rooms == [room], "joined rooms are listed")
    resolved = ok(await desktop.client.room_resolve_alias(f"#den:{room.split(':', 1)[1]}"))
    must(resolved.room_id == room, "an alias means the room")
    members = ok(await desktop.client.joined_members(room)).members
    must(len(members) == 2, "joined members are listed")
    ok(await phone.client.update_room_topic(room, "another topic"))
    await desktop.until("state changes arrive", lambda: seen.topic == "another topic")
    state = ok(await desktop.client.room_get_state_event(room, "m.room.topic"))
    must(state.content == {"topic": "another topic"}, "a state event is read")
    must(len(ok(await desktop.client.room_get_state(room)).events) > 5, "all state is read")
    return room


async def messages(phone, laptop, desktop, room):
    print("messages, receipts and counts")
    event = await desktop.say(room, "hello")
    for device in (phone, laptop):
        await device.until(f"{device.id} receives a message", lambda: device.told(event))
        must(device.told(event).body == "hello", "with its text")
        must(device.client.rooms[room].unread_notifications == 1, "counted as unread")
    ok(await phone.client.update_receipt_marker(room, event))
    await laptop.until("a receipt clears the count elsewhere", lambda: laptop.client.rooms[room].unread_notifications == 0)
    reader = phone.client.user_id
    receipts = lambda: [r for e in desktop.ephemeral if isinstance(e, nio.ReceiptEvent) for r in e.receipts]
    await desktop.until("the sender sees the receipt", lambda: (event, reader) in [(r.event_id, r.user_id) for r in receipts()])
    ok(await phone.client.room_read_markers(room, event, event))
    await laptop.until("the read marker moves", lambda: laptop.client.rooms[room].fully_read_marker == event)
    ok(await desktop.client.room_typing(room, True))
    await phone.until("typing is seen", lambda: phone.client.rooms[room].typing_users == [desktop.client.user_id])
    ok(await desktop.client.room_typing(room, False))
    await phone.until("and its end", lambda: phone.client.rooms[room].typing_users == [])

    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "x"}}
    reaction = ok(await phone.client.room_send(room, "m.reaction", content)).event_id
    related = [e.event_id async for e in desktop.client.room_get_event_relations(room, event)]
    must(related == [reaction], "related events are found", related)
    later = await desktop.say(room, "wrong")
    ok(await desktop.client.room_redact(room, later, reason="wrong"))
    must(isinstance(ok(await phone.client.room_get_event(room, later)).event, nio.RedactedEvent), "an event is redacted")
    page = ok(await phone.client.room_messages(room, limit=3))
    more = ok(await phone.client.room_messages(room, page.end, limit=100))
    must(len(page.chunk) == 3 and event in [e.event_id for e in page.chunk + more.chunk], "history is read in pages")
    context = ok(await phone.client.room_context(room, event, limit=4))
    must(context.event.event_id == event and len(context.events_before) == 2, "an event has its context")


async def filters(desktop, room):
    print("filters")
    lazy = {"state": {"lazy_load_members": True}, "timeline": {"limit": 1, "types": ["m.room.message"]}}
    stored = ok(await desktop.client.upload_filter(room=lazy)).filter_id
    synced = ok(await nio.AsyncClient.sync(desktop.client, sync_filter=stored, since="", full_state=True))
    joined = synced.rooms.join[room]
    must([type(e).__name__ for e in joined.timeline.events] in (["RoomMessageText"], ["RedactedEvent"]), "a timeline is filtered")
    members = [e.state_key for e in joined.state if isinstance(e, nio.RoomMemberEvent)]
    must(members == [desktop.client.user_id], "members are loaded lazily", members)


async def account_data(phone, laptop):
    print("account data and presence")
    user = quote(phone.client.user_id, safe="")
    event_type = SETTINGS + "PHONE"
    await phone.ok("PUT", f"/user/{user}/account_data/{event_type}", {"is_silenced": True})
    found = lambda: [e for e in laptop.account_data if getattr(e, "type", None) == event_type]
    events = await laptop.until("settings arrive at the other device", found)
    must(events[0].content == {"is_silenced": True}, "with their content")
    ok(await phone.client.set_presence("unavailable", "away"))
    there = lambda: [e for e in laptop.presence if (e.presence, e.status_msg) == ("unavailable", "away")]
    await laptop.until("presence is told", there)
    must(ok(await laptop.client.get_presence(phone.client.user_id)).presence == "unavailable", "presence is read")


async def push_rules(phone, laptop, desktop, room):
    print("push rules")
    rules = lambda: [e for e in laptop.account_data if isinstance(e, nio.PushRulesEvent)]
    first = rules()[0].global_rules
    must(".m.rule.master" in [rule.id for rule in first.override], "the defaults are told")
    kind, before = nio.PushRuleKind, len(rules())
    ok(await phone.client.set_pushrule("global", kind.content, "gremlins", pattern="gremlin", actions=[nio.PushNotify(), nio.PushSetTweak("highlight", True)]))
    await laptop.until("a change arrives at the other device", lambda: len(rules()) > before)
    must("gremlins" in [rule.id for rule in rules()[-1].global_rules.content], "with the new rule")
    event = await desktop.say(room, "a gremlin!")
    await phone.until("the rule highlights", lambda: phone.told(event) and phone.client.rooms[room].unread_highlights == 1)
    unread = phone.client.rooms[room].unread_notifications
    ok(await phone.client.set_pushrule_actions("global", kind.content, "gremlins", []))
    event = await desktop.say(room, "another gremlin")
    await phone.until("the rule mutes", lambda: phone.told(event))
    must(phone.client.rooms[room].unread_notifications == unread, "and is not counted")
    ok(await phone.client.enable_pushrule("global", kind.override, ".m.rule.master", True))
    ok(await phone.client.enable_pushrule("global", kind.override, ".m.rule.master", False))
    ok(await phone.client.delete_pushrule("global", kind.content, "gremlins"))
    gone = await phone.client.delete_pushrule("global", kind.content, "gremlins")
    must(isinstance(gone, nio.DeletePushRuleError), "a deleted rule is gone")


async def pushers(phone, laptop, desktop, room, gateway):
    print("pushers")
    pusher = {
        "app_id": "org.example.nio", "pushkey": "key", "kind": "http", "app_display_name": "nio",
        "device_display_name": "Phone", "lang": "en", "data": {"url": gateway.url}, ENABLED: True,
    }
    await phone.ok("POST", "/pushers/set", pusher)
    listed = await laptop.pusher()
    must((listed[ENABLED], listed[LINK]) == (True, "PHONE"), "a pusher has state and link", listed)
    event = await desktop.say(room, "ping")
    push = await gateway.push()
    must((push["event_id"], push["content"]["body"], push["room_name"]) == (event, "ping", "Den"), "a push arrives", push)
    must("url" not in push["devices"][0]["data"], "without the gateway's URL")
    await laptop.ok("POST", "/pushers/set", pusher | {ENABLED: False})
    must((await phone.pusher())[ENABLED] is False, "another device disables it")
    await desktop.say(room, "unheard")
    await laptop.ok("POST", "/pushers/set", pusher)
    event = await desktop.say(room, "heard")
    must((await gateway.push())["event_id"] == event, "disabled it is silent, and enabled it is not")


async def encryption(phone, desktop):
    print("encryption")
    algorithm = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    created = await phone.client.room_create(name="Vault", invite=[desktop.client.user_id], initial_state=[algorithm])
    room = ok(created).room_id
    ok(await desktop.client.join(room))
    for device in (phone, desktop):
        await device.until(f"{device.id} is in an encrypted room", lambda: room in device.client.rooms and len(device.client.rooms[room].users) == 2)
        await device.sync()
    content = {"msgtype": "m.text", "body": "a secret"}
    sent = await phone.client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
    event = ok(sent).event_id
    await desktop.until("an encrypted message arrives", lambda: desktop.told(event))
    must(getattr(desktop.told(event), "body", None) == "a secret", "and is read", desktop.told(event))


async def moderation(phone, desktop, room):
    print("moderation")
    user = desktop.client.user_id
    ok(await phone.client.room_kick(room, user, "why"))
    await desktop.until("who is kicked is told", lambda: room in desktop.left)
    kick = desktop.left[room].timeline.events[-1]
    must((kick.membership, kick.content.get("reason")) == ("leave", "why"), "and why", kick)
    ok(await phone.client.room_invite(room, user))
    ok(await desktop.client.join(room))
    ok(await phone.client.room_ban(room, user))
    must(isinstance(await desktop.client.join(room), nio.JoinError), "who is banned stays out")
    ok(await phone.client.room_unban(room, user))
    ok(await desktop.client.room_forget(room))


async def farewell(phone, laptop):
    print("devices go")
    challenge = await laptop.client.delete_devices(["PHONE"])
    must(isinstance(challenge, nio.DeleteDevicesAuthResponse), "removing a device wants the password", challenge)
    auth = {"type": "m.login.password", "session": challenge.session, "password": PASSWORDS["alice"],
            "identifier": {"type": "m.id.user", "user": laptop.client.user_id}}
    must(isinstance(await laptop.client.delete_devices(["PHONE"], auth), nio.DeleteDevicesResponse), "and is done with it")
    must((await phone.call("GET", "/account/whoami"))[0] == 401, "the device is logged out")
    must(await laptop.pusher() is None, "its pusher is gone")
    user = quote(laptop.client.user_id, safe="")
    status, _ = await laptop.call("GET", f"/user/{user}/account_data/{SETTINGS}PHONE")
    must(status == 404, "its settings are gone")
    token = laptop.client.access_token
    ok(await laptop.client.logout())
    laptop.client.access_token = token
    must((await laptop.call("GET", "/account/whoami"))[0] == 401, "a logout ends a device")


async def session(store):
    phone, laptop, desktop = Device("alice", "PHONE", store), Device("alice", "LAPTOP", store), Device("bob", "DESKTOP", store)
    try:
        async with Gateway() as gateway:
            await accounts(phone, laptop, desktop)
            await profiles(phone, desktop)
            room = await a_room(phone, laptop, desktop)
            await messages(phone, laptop, desktop, room)
            await filters(desktop, room)
            await account_data(phone, laptop)
            await push_rules(phone, laptop, desktop, room)
            await pushers(phone, laptop, desktop, room, gateway)
            await encryption(phone, desktop)
            await moderation(phone, desktop, room)
            await farewell(phone, laptop)
    finally:
        for device in (phone, laptop, desktop):
            await device.client.close()


with tempfile.TemporaryDirectory() as folder:
    try:
        asyncio.run(session(folder))
    except Off as off:
        sys.exit(f"matrix-nio: {off}")
print("matrix-nio: everything as it must be")
