//! Two people and their devices live with a homeserver by means of matrix-sdk, encryption included, which knows nothing of
//! pushproof. Each step says what must have come of it; the first that did not ends the session with a message and exit
//! code 1.

// Holds the nesting of the futures that a sync is made of.
#![recursion_limit = "256"]

mod device;
mod gateway;

use matrix_sdk::{
    Client, Error, RoomMemberships, RoomState,
    media::{MediaFormat, MediaRequestParameters},
    notification_settings::RoomNotificationMode,
    room::MessagesOptions,
    ruma::{
        OwnedRoomId, RoomId,
        api::client::{
            account::register,
            push::{Pusher, PusherIds, PusherInit, PusherKind, get_pushers},
            receipt::create_receipt::v3::ReceiptType,
            room::create_room,
            uiaa::{AuthData, Dummy, MatrixUserIdentifier, Password, UserIdentifier},
        },
        api::error::ErrorCode,
        device_id,
        events::{
            InitialStateEvent,
            receipt::ReceiptThread,
            room::{MediaSource, encryption::RoomEncryptionEventContent, member::MembershipState},
        },
        owned_device_id,
        push::HttpPusherData,
        serde::Raw,
    },
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    device::{Device, Off, TIMEOUT, must, password, until},
    gateway::Gateway,
};

/// The type of a settings event, as clients spell it today.
const SETTINGS: &str = "org.matrix.msc3890.local_notification_settings.PHONE";

/// Ends the session unless the homeserver refused something with this code.
fn must_refuse<T>(answer: Result<T, impl Into<Error>>, code: ErrorCode, what: &str) -> Result<(), Off> {
    let error = answer.err().map(Into::into);
    must(
        error.is_some_and(|error| error.client_api_error_kind().is_some_and(|kind| kind.errcode() == code)),
        what,
    )
}

/// Ends the session unless the homeserver asks for user-interactive authentication; that one's session.
fn challenge<T>(what: &str, answer: Result<T, impl Into<Error>>) -> Result<Option<String>, Off> {
    let error = answer.err().map(Into::into);
    let asked = error.as_ref().and_then(Error::as_uiaa_response);
    must(asked.is_some(), what)?;
    Ok(asked.and_then(|asked| asked.session.clone()))
}

async fn register(homeserver: &str, name: &str) -> Result<(), Off> {
    let client = Client::builder().homeserver_url(homeserver).build().await?;
    let mut request = register::v3::Request::new();
    request.username = Some(name.to_owned());
    request.password = Some(password(name));
    request.inhibit_login = true;
    let refused = client.matrix_auth().register(request.clone()).await;
    let mut dummy = Dummy::new();
    dummy.session = challenge(&format!("registering {name} asks for a stage"), refused)?;
    request.auth = Some(AuthData::Dummy(dummy));
    client.matrix_auth().register(request).await?;
    Ok(())
}

async fn accounts(homeserver: &str) -> Result<(Device, Device, Device), Off> {
    println!("accounts and devices");
    register(homeserver, "alice").await?;
    register(homeserver, "bob").await?;
    let stranger = Client::builder().homeserver_url(homeserver).build().await?;
    let refused = stranger.matrix_auth().login_username("alice", "not the password").send().await;
    must_refuse(refused, ErrorCode::Forbidden, "a wrong password is refused")?;
    let phone = Device::log_in(homeserver, "alice", "PHONE").await?;
    let laptop = Device::log_in(homeserver, "alice", "LAPTOP").await?;
    let desktop = Device::log_in(homeserver, "bob", "DESKTOP").await?;
    let who = phone.client.whoami().await?;
    must(who.device_id.as_deref() == Some(device_id!("PHONE")), "whoami tells the device")?;
    laptop.client.rename_device(device_id!("PHONE"), "renamed").await?;
    let devices = phone.client.devices().await?.devices;
    let names = devices.iter().filter_map(|device| device.display_name.as_deref());
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    must(names == ["alice's LAPTOP", "renamed"], "devices are listed")?;
    Ok((phone, laptop, desktop))
}

async fn a_room(phone: &Device, laptop: &Device, desktop: &Device) -> Result<OwnedRoomId, Off> {
    println!("a room");
    phone.client.account().set_display_name(Some("Alice")).await?;
    let mut request = create_room::v3::Request::new();
    request.name = Some("Den".to_owned());
    request.topic = Some("a topic".to_owned());
    request.room_alias_name = Some("den".to_owned());
    let room = phone.client.create_room(request).await?.room_id().to_owned();
    let bob = desktop.client.user_id().ok_or("bob is logged in")?;
    phone.room(&room)?.invite_user_by_id(bob).await?;
    desktop.is_in("an invite arrives", &room, RoomState::Invited).await?;
    must(desktop.room(&room)?.name().as_deref() == Some("Den"), "the invite names the room")?;
    desktop.client.join_room_by_id(&room).await?;
    desktop.is_in("who joined sees the room", &room, RoomState::Joined).await?;
    laptop.is_in("the other device sees it", &room, RoomState::Joined).await?;
    for device in [phone, laptop] {
        until("who joined is seen", async || {
            let members = device.room(&room).ok()?.members(RoomMemberships::JOIN).await.ok()?;
            (members.len() == 2).then_some(())
        })
        .await?;
    }
    let alice = phone.client.user_id().ok_or("alice is logged in")?;
    let member = desktop.room(&room)?.get_member(alice).await?;
    must(member.is_some_and(|member| member.name() == "Alice"), "members have names")?;
    phone.room(&room)?.set_room_topic("another topic").await?;
    let topic = async || (desktop.room(&room).ok()?.topic()? == "another topic").then_some(());
    until("state changes arrive", topic).await?;
    phone.room(&room)?.set_is_favourite(true, Some(0.5)).await?;
    until("a tag arrives at the other device", async || {
        laptop.room(&room).ok()?.is_favourite().then_some(())
    })
    .await?;
    let uploaded = phone.client.media().upload(&"image/png".parse()?, b"a picture".to_vec(), None).await?;
    let request = MediaRequestParameters {
        source: MediaSource::Plain(uploaded.content_uri),
        format: MediaFormat::File,
    };
    let medium = desktop.client.media().get_media_content(&request, false).await?;
    must(medium == b"a picture", "media are kept")?;
    Ok(room)
}

async fn messages(phone: &Device, laptop: &Device, desktop: &Device, room: &RoomId) -> Result<(), Off> {
    println!("messages, receipts and counts");
    let hello = desktop.say(room, "hello").await?;
    for device in [phone, laptop] {
        must(device.hears("a message arrives", room, "hello").await? == hello, "under its id")?;
        device.counts("counted as unread", room, (1, 0)).await?;
    }
    phone
        .room(room)?
        .send_single_receipt(ReceiptType::Read, ReceiptThread::Unthreaded, hello.clone())
        .await?;
    laptop.counts("a receipt clears the count elsewhere", room, (0, 0)).await?;
    desktop.sees_read("the sender sees the receipt", &hello).await?;
    let (_subscribed, mut typing) = phone.room(room)?.subscribe_to_typing_notifications();
    desktop.room(room)?.typing_notice(true).await?;
    let typing = timeout(TIMEOUT, typing.recv()).await??;
    must(typing.iter().any(|user| Some(&**user) == desktop.client.user_id()), "who types is seen")?;
    let wrong = desktop.say(room, "wrong").await?;
    phone.hears("an event is there", room, "wrong").await?;
    desktop.room(room)?.redact(&wrong, None, None).await?;
    let event = phone.room(room)?.event(&wrong, None).await?;
    let content: Value = event.raw().deserialize_as_unchecked::<Value>()?["content"].clone();
    must(content == json!({}), "and is redacted")?;
    let page = phone.room(room)?.messages(MessagesOptions::backward()).await?;
    must(page.chunk.len() > 5, "history is read")?;
    Ok(())
}

async fn account_data(phone: &Device, laptop: &Device) -> Result<(), Off> {
    println!("account data");
    let content = Raw::new(&json!({ "is_silenced": true }))?.cast_unchecked();
    phone.client.account().set_account_data_raw(SETTINGS.into(), content).await?;
    let arrived = until("settings arrive at the other device", async || {
        laptop.client.account().account_data_raw(SETTINGS.into()).await.ok()?
    });
    let arrived: Value = arrived.await?.deserialize_as_unchecked()?;
    must(arrived == json!({ "is_silenced": true }), "with their content")
}

async fn a_late_device(room: &RoomId, homeserver: &str) -> Result<(), Off> {
    println!("a device that comes later");
    let tablet = Device::log_in(homeserver, "alice", "TABLET").await?;
    must(tablet.room(room)?.state() == RoomState::Joined, "its first sync tells the room")?;
    must(tablet.room(room)?.name().as_deref() == Some("Den"), "with its name")?;
    must(tablet.room(room)?.is_favourite(), "and its tags")?;
    let settings = tablet.client.account().account_data_raw(SETTINGS.into()).await?;
    must(settings.is_some(), "and account data")?;
    tablet.client.logout().await?;
    must_refuse(tablet.client.whoami().await, ErrorCode::UnknownToken, "a logout ends it")
}

async fn push_rules(phone: &Device, laptop: &Device, desktop: &Device, room: &RoomId) -> Result<(), Off> {
    println!("push rules");
    let (settings, elsewhere) =
        (phone.client.notification_settings().await, laptop.client.notification_settings().await);
    let rules = settings.ruleset().await;
    must(rules.override_.iter().any(|rule| rule.rule_id == ".m.rule.master"), "the defaults are told")?;
    settings.add_keyword("gremlin".to_owned()).await?;
    let told = async || elsewhere.enabled_keywords().await.contains("gremlin").then_some(());
    until("a change arrives at the other device", told).await?;
    let before = phone.room(room)?.unread_notification_counts().notification_count;
    settings.set_room_notification_mode(room, RoomNotificationMode::MentionsAndKeywordsOnly).await?;
    desktop.say(room, "by the way").await?;
    phone.hears("what no rule wants arrives", room, "by the way").await?;
    phone.counts("and is not counted", room, (before, 0)).await?;
    desktop.say(room, "a gremlin!").await?;
    phone.counts("a keyword is counted", room, (before + 1, 0)).await?;
    let alice = phone.client.user_id().ok_or("alice is logged in")?;
    desktop.tell(room, alice, "you there?").await?;
    phone.counts("a mention highlights", room, (before + 2, 1)).await?;
    settings.set_room_notification_mode(room, RoomNotificationMode::Mute).await?;
    let muted = async || {
        let mode = elsewhere.get_user_defined_room_notification_mode(room).await?;
        (mode == RoomNotificationMode::Mute).then_some(())
    };
    until("a room is muted", muted).await?;
    desktop.say(room, "another gremlin").await?;
    phone.hears("what is muted arrives", room, "another gremlin").await?;
    phone.counts("and is not counted", room, (before + 2, 1)).await?;
    settings.delete_user_defined_room_rules(room).await?;
    settings.remove_keyword("gremlin").await?;
    let gone = async || (!elsewhere.enabled_keywords().await.contains("gremlin")).then_some(());
    until("a deletion arrives as well", gone).await
}

async fn pushers(phone: &Device, laptop: &Device, desktop: &Device, room: &RoomId) -> Result<(), Off> {
    println!("pushers");
    let (gateway, url) = Gateway::start()?;
    let ids = PusherIds::new("key".to_owned(), "org.example.sdk".to_owned());
    let pusher = Pusher::from(PusherInit {
        ids: ids.clone(),
        kind: PusherKind::Http(HttpPusherData::new(url)),
        app_display_name: "sdk".to_owned(),
        device_display_name: "Phone".to_owned(),
        profile_tag: None,
        lang: "en".to_owned(),
    });
    phone.client.pusher().set(pusher.clone(), false).await?;
    let listed = laptop.client.send(get_pushers::v3::Request::new()).await?.pushers;
    must(listed.len() == 1 && listed[0].ids == ids, "a pusher is listed at the other device")?;
    let ping = desktop.say(room, "ping").await?;
    until("a push arrives", async || gateway.has(ping.as_str()).then_some(())).await?;
    phone.client.pusher().delete(ids).await?;
    must(
        laptop.client.send(get_pushers::v3::Request::new()).await?.pushers.is_empty(),
        "a pusher is removed",
    )?;
    phone.client.pusher().set(pusher, false).await.map_err(Off::from)
}

async fn encryption(phone: &Device, laptop: &Device, desktop: &Device) -> Result<(), Off> {
    println!("encryption");
    let mut request = create_room::v3::Request::new();
    request.invite = vec![desktop.client.user_id().ok_or("bob is logged in")?.to_owned()];
    let encrypted = RoomEncryptionEventContent::with_recommended_defaults();
    request.initial_state = vec![InitialStateEvent::with_empty_state_key(encrypted).to_raw_any()];
    let room = phone.client.create_room(request).await?.room_id().to_owned();
    desktop.is_in("an invite to an encrypted room arrives", &room, RoomState::Invited).await?;
    desktop.client.join_room_by_id(&room).await?;
    desktop.is_in("who joined sees the room", &room, RoomState::Joined).await?;
    until("who joined is seen", async || {
        let members = phone.room(&room).ok()?.members(RoomMemberships::JOIN).await.ok()?;
        (members.len() == 2).then_some(())
    })
    .await?;
    let secret = phone.say(&room, "a secret").await?;
    for device in [laptop, desktop] {
        let heard = device.hears("an encrypted message arrives and is read", &room, "a secret").await?;
        must(heard == secret, "under its id")?;
        let event = device.room(&room)?.event(&secret, None).await?;
        must(event.encryption_info().is_some(), "it was encrypted on its way")?;
    }
    let answer = desktop.say(&room, "another").await?;
    for device in [phone, laptop] {
        let heard = device.hears("so is the answer", &room, "another").await?;
        must(heard == answer, "under its id")?;
    }
    Ok(())
}

async fn moderation(phone: &Device, desktop: &Device, room: &RoomId) -> Result<(), Off> {
    println!("moderation");
    let bob = desktop.client.user_id().ok_or("bob is logged in")?;
    phone.room(room)?.kick_user(bob, Some("why")).await?;
    desktop.is_in("who is kicked is told", room, RoomState::Left).await?;
    phone.room(room)?.invite_user_by_id(bob).await?;
    desktop.is_in("and comes back invited", room, RoomState::Invited).await?;
    desktop.client.join_room_by_id(room).await?;
    phone.room(room)?.ban_user(bob, None).await?;
    desktop.is_member("who is banned is told", room, MembershipState::Ban).await?;
    must_refuse(desktop.client.join_room_by_id(room).await, ErrorCode::Forbidden, "and stays out")?;
    phone.room(room)?.unban_user(bob, None).await?;
    desktop.is_member("who is no longer banned is told", room, MembershipState::Leave).await?;
    desktop.room(room)?.forget().await.map_err(Off::from)
}

async fn farewell(phone: &Device, laptop: &Device) -> Result<(), Off> {
    println!("devices go");
    let devices = [owned_device_id!("PHONE")];
    let refused = laptop.client.delete_devices(&devices, None).await;
    let session = challenge("removing a device wants the password", refused)?;
    let alice = UserIdentifier::Matrix(MatrixUserIdentifier::new("alice".to_owned()));
    let mut answer = Password::new(alice, password("alice"));
    answer.session = session;
    laptop.client.delete_devices(&devices, Some(AuthData::Password(answer))).await?;
    must_refuse(phone.client.whoami().await, ErrorCode::UnknownToken, "the device is logged out")?;
    must(
        laptop.client.send(get_pushers::v3::Request::new()).await?.pushers.is_empty(),
        "its pusher is gone",
    )?;
    let settings = laptop.client.account().fetch_account_data(SETTINGS.into()).await?;
    must(settings.is_none(), "its settings are gone")?;
    laptop.client.logout().await?;
    must_refuse(laptop.client.whoami().await, ErrorCode::UnknownToken, "a logout ends a device")
}

async fn session() -> Result<(), Off> {
    let homeserver = std::env::var("PUSHPROOF_HOMESERVER")?;
    let (phone, laptop, desktop) = accounts(&homeserver).await?;
    let room = a_room(&phone, &laptop, &desktop).await?;
    messages(&phone, &laptop, &desktop, &room).await?;
    account_data(&phone, &laptop).await?;
    a_late_device(&room, &homeserver).await?;
    push_rules(&phone, &laptop, &desktop, &room).await?;
    pushers(&phone, &laptop, &desktop, &room).await?;
    encryption(&phone, &laptop, &desktop).await?;
    moderation(&phone, &desktop, &room).await?;
    farewell(&phone, &laptop).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    if let Err(off) = session().await {
        eprintln!("matrix-sdk: {off}");
        return 1.into();
    }
    println!("matrix-sdk: everything as it must be");
    0.into()
}
