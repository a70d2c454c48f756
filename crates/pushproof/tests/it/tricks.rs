//! Drivers that would buy a green: each stands before the reference client, and answers otherwise just where it would be
//! found out. None is conformant, and what it does is named.

use std::path::Path;

use rstest::rstest;
use serde_json::Value;

use crate::support::pushproof;

/// A driver that hands every request on to the reference client, and does something else where `rules` say so: arms of a
/// `case` over the request. An arm may answer by itself (`says`, an error or a result), or change what the client
/// answers (`filter`).
fn between(client: &str, rules: &str) -> String {
    format!(
        r#"folder=$(mktemp -d); mkfifo "$folder/asked" "$folder/answered"
{client} <"$folder/asked" >"$folder/answered" &
exec 3>"$folder/asked" 4<"$folder/answered"
rm -r "$folder"
refuse() {{ says="\"error\":{{\"code\":$1,\"message\":\"not this one\"}}"; }}
calls=0
while read -r line; do
  id=${{line#*'"id":'}}; id=${{id%%,*}}
  says=; filter=cat
  case $line in
    {rules}
  esac
  if [ -n "$says" ]; then
    echo "{{\"jsonrpc\":\"2.0\",\"id\":$id,$says}}"
  else
    echo "$line" >&3
    read -r answer <&4
    echo "$answer" | $filter
  fi
done
exec 3>&-
wait"#
    )
}

/// Tries such a driver; how the run ended, what it said, and the record.
fn tried(args: &[&str], script: &str, folder: &Path) -> (i32, String, Value) {
    let record = folder.join("record.json");
    let output = pushproof()
        .args(["check-client", "--patience", "2s", "--report", &format!("json={}", record.display())])
        .args(args)
        .args(["--", "sh", "-c", script])
        .env("TMPDIR", folder)
        .output()
        .expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let record = std::fs::read(&record).expect("there is a record");
    let record: Value = serde_json::from_slice(&record).expect("the record is JSON");
    let spoken = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (output.status.code().unwrap_or(-1), spoken, record)
}

/// The reference client, with these defects.
fn reference(defects: &str) -> String {
    let with = defects.split_whitespace().map(|defect| format!(" --defect {defect}"));
    format!("{} client-driver{}", crate::support::binary(), with.collect::<String>())
}

const PAUSED: &str = "client/notify/paused:message";
const SILENCE: &str = "client/toggle/pusher:silence";

/// The second event of the case is the one of which nothing may be told.
const SECOND: &str = "calls=$((calls + 1)); [ $calls -lt 2 ] ||";

#[rstest]
// What it declared it cannot do, where it would be found out.
#[case::settles_no_more(PAUSED, &format!(r#"*'"settle"'*) {SECOND} refuse -32601 ;;"#), 3, "can be asked for `settle`")]
#[case::tells_no_more(PAUSED, &format!(r#"*'"notifications"'*) {SECOND} refuse -32601 ;;"#), 3, "answers `notifications` at one time")]
#[case::fails_to_tell(PAUSED, &format!(r#"*'"notifications"'*) {SECOND} refuse -32000 ;;"#), 3, "answers `notifications` at one time")]
#[case::never_tells(
    PAUSED,
    r#"*'"notifications"'*) refuse -32601 ;;"#,
    3,
    "can be asked for `notifications`"
)]
#[case::forgets(PAUSED, &format!(r#"*'"notifications"'*) {SECOND} says='"result":{{"notifications":[]}}' ;;"#), 3, "no longer lists")]
#[case::cannot_silence(SILENCE, r#"*'"enabled":false'*) refuse -32601 ;;"#, 3, "can be asked for `set_push`")]
#[case::lists_no_pushers(
    "client/shown/missing-state-*",
    r#"*'"list_pushers"'*) refuse -32601 ;;"#,
    3,
    "can be asked for `list_pushers`"
)]
#[case::lists_no_devices(
    "client/shown/state:paused",
    r#"*'"list_devices"'*) refuse -32601 ;;"#,
    3,
    "can be asked for `list_devices`"
)]
#[case::does_not_stop(
    "client/notify/paused-over-restart",
    r#"*'"stop"'*) refuse -32601 ;;"#,
    3,
    "can be asked for `stop`"
)]
#[case::does_not_start(PAUSED, r#"*'"start"'*) refuse -32601 ;;"#, 3, "can be asked for `start`")]
// It takes what is asked for wrong.
#[case::wrong_params(
    SILENCE,
    r#"*'"enabled":false'*) refuse -32602 ;;"#,
    3,
    "takes a valid `set_push` for a wrong request"
)]
#[case::wrong_request(PAUSED, &format!(r#"*'"settle"'*) {SECOND} refuse -32600 ;;"#), 3, "takes a valid `settle` for a wrong request")]
// It refuses: that is not done.
#[case::refuses_to_silence(
    SILENCE,
    r#"*'"enabled":false'*) refuse -32000 ;;"#,
    1,
    "the client refused `set_push`"
)]
#[case::with_another_code(
    SILENCE,
    r#"*'"enabled":false'*) refuse -1 ;;"#,
    1,
    "the client refused `set_push`"
)]
#[case::refuses_to_list(
    "client/shown/missing-state-*",
    r#"*'"list_pushers"'*) refuse -32000 ;;"#,
    1,
    "the client refused `list_pushers`"
)]
#[case::refuses_to_settle(
    PAUSED,
    &format!(r#"*'"settle"'*) {SECOND} {{ echo "$line" >&3; read -r answer <&4; refuse -32000; }} ;;"#),
    1,
    "although it is paused"
)]
#[case::fails_instead("client/toggle/unsupported", &format!(r#"*'"set_push"'*) {SECOND} refuse -1 ;;"#), 3, "which is no refusal of its client")]
// Right in form, and senseless.
#[case::no_pushers(
    "client/shown/missing-state-*",
    r#"*'"list_pushers"'*) says='"result":{"pushers":[]}' ;;"#,
    1,
    "does not list the pusher"
)]
#[case::a_pusher_twice(
    "client/shown/missing-state-*",
    r#"*'"list_pushers"'*) filter='sed s/\[\(.*\)\]/[\1,\1]/' ;;"#,
    3,
    "is listed twice"
)]
#[case::unknown_pusher(
    "client/shown/missing-state-*",
    r#"*'"list_pushers"'*) filter='sed s/\[\(.*\)\]/[\1,{"app_id":"x","pushkey":"y","enabled":true}]/' ;;"#,
    3,
    "the user never had a pusher"
)]
#[case::unknown_device("client/shown/state:paused", r#"*'"list_devices"'*) filter='sed s/\[\(.*\)\]/[\1,{"device_id":"X","push":"enabled","toggle":true}]/' ;;"#, 3, "the user never had a device")]
#[case::a_device_twice(
    "client/shown/state:paused",
    r#"*'"list_devices"'*) filter='sed s/\[\(.*\)\]/[\1,\1]/' ;;"#,
    3,
    "is listed twice"
)]
#[case::another_room(
    PAUSED,
    r#"*'"notifications"'*) filter='sed s/"room_id":"!/"room_id":"!other/g' ;;"#,
    3,
    "no /sync answer told the client of"
)]
fn one_that_answers_where_it_likes(
    #[case] run: &str,
    #[case] rules: &str,
    #[case] code: i32,
    #[case] says: &str,
) {
    // What it hides is that its client breaks everything that is looked at here.
    let client = reference("pause-ignored missing-state-disabled devices-shown-on pushers-not-toggled");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (ended, text, record) = tried(&["--run", run], &between(&client, rules), folder.path());
    assert_eq!(ended, code, "{text}");
    assert!(text.contains(says), "`{says}` is not said: {text}");
    let held = record["clauses"].as_array().expect("clauses").iter().find(|clause| {
        let id = clause["id"].as_str().unwrap_or_default();
        clause["verdict"] == "holds"
            && !["client.ensures-event.keeps", "client.writes-asked-for"].contains(&id)
    });
    assert_eq!(held, None);
}

/// The first process, which introduces the client, declares more than those of the cases.
#[test]
fn one_that_declares_something_else_in_each_process() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let less = r#"*'"initialize"'*) if [ -e "$TMPDIR/introduced" ]; then filter='sed s/"call",//'; fi; : >"$TMPDIR/introduced" ;;"#;
    let (ended, text, _) = tried(&["--run", PAUSED], &between(&reference(""), less), folder.path());
    assert_eq!(ended, 3, "{text}");
    assert!(text.contains("declares something else in this process than in its first one: kinds"), "{text}");
}

/// What is told while the client is paused is told, also if it is never said to be done.
#[test]
fn one_that_sends_what_it_does_not_settle() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sends = r#"*'"notifications"'*) refuse -32601 ;;
    *'"settle"'*) calls=$((calls + 1)); room=${line#*'"room_id":"'}; room=${room%%'"'*}
      event=${line#*'"event_id":"'}; event=${event%%'"'*}
      echo "$line" >&3; read -r answer <&4
      echo "{\"jsonrpc\":\"2.0\",\"method\":\"notify\",\"params\":{\"room_id\":\"$room\",\"event_id\":\"$event\",\"effects\":[\"sound\",\"banner\",\"lock_screen\"]}}"
      if [ $calls -lt 2 ]; then says='"result":{}'; else refuse -32000; fi ;;"#;
    let (ended, text, _) = tried(&["--run", PAUSED], &between(&reference(""), sends), folder.path());
    assert_eq!(ended, 1, "{text}");
    assert!(text.contains("although it is paused"), "{text}");
}

/// What is declared lacking is not asked for, and the rest is judged.
#[rstest]
#[case::some(
    "client/toggle/**",
    r#"{"method":"set_push","of":"pusherless devices","why":"it has no word for it"}"#,
    "client.toggle.paused",
    "client.toggle.state"
)]
#[case::all(
    "client/shown/**",
    r#"{"method":"list_devices","why":"it has no list"}"#,
    "client.state-shown",
    "client.missing-state"
)]
fn what_is_declared_lacking_is_not_applicable(
    #[case] run: &str,
    #[case] lack: &str,
    #[case] lacking: &str,
    #[case] judged: &str,
) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let declares = r#"*'"initialize"'*) filter='sed s/"name":/"lacks":[LACK],"name":/' ;;"#;
    let script =
        between(&reference(""), declares).replace("| $filter", &format!("| $filter | sed 's/LACK/{lack}/'"));
    let (ended, text, record) = tried(&["--run", run], &script, folder.path());
    assert_eq!(ended, 0, "{text}");
    let verdict = |id: &str| {
        let clauses = record["clauses"].as_array().expect("clauses");
        clauses.iter().find(|clause| clause["id"] == id).expect("the clause")["verdict"].clone()
    };
    assert_eq!(verdict(lacking), "not-applicable", "{text}");
    assert_eq!(verdict(judged), "holds", "{text}");
}

/// A lack that says nothing which the suite knows would hide anything.
#[test]
fn a_lack_of_what_is_unknown_is_a_finding() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let declares = r#"*'"initialize"'*) filter='sed s/"name":/"lacks":[{"method":"set_push","of":"whatever","why":""}],"name":/' ;;"#;
    let (ended, text, _) = tried(&["--run", SILENCE], &between(&reference(""), declares), folder.path());
    assert_eq!(ended, 3, "{text}");
    assert!(text.contains("pusherless devices"), "the known ones are named: {text}");
}

/// Where the homeserver holds back the client's own first write, `start` must be answered nevertheless.
#[test]
fn a_start_that_waits_for_the_clients_own_write() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let waits = r#"*'"start"'*) echo "$line" >&3; read -r answer <&4; continue ;;"#;
    let args = ["--run", "client/notify/no-event:message", "--driver-patience", "1s"];
    let (ended, text, _) = tried(&args, &between(&reference(""), waits), folder.path());
    assert_eq!(ended, 3, "{text}");
    assert!(text.contains("`start` waits for the client's own first write"), "{text}");
}

/// Changes nothing in a declaration.
const AS_IT_IS: &str = "s/name/name/";

/// A client that shows calls without sound, with settings that say false and without any, does nothing wrong; and its
/// author is told how to declare that.
#[rstest]
#[case::not_said("client/notify/resumed-*:call", AS_IT_IS, 3, "declare the effects of each kind")]
#[case::not_said_without("client/notify/no-event:call", AS_IT_IS, 3, "declare the effects of each kind")]
#[case::said("client/notify/resumed-*:call", r#"s/"effects":[^]]*]/"effects":{"message":["sound"],"highlight":["sound"],"direct":["sound"],"invite":["sound"],"call":["banner"],"encrypted":["sound"]}/"#, 0, "conformant")]
#[case::said_wrongly("client/notify/resumed-*:call", r#"s/"effects":[^]]*]/"effects":{"message":["sound"],"highlight":["sound"],"direct":["sound"],"invite":["sound"],"call":["sound"],"encrypted":["sound"]}/"#, 1, "without sound")]
fn a_kind_that_is_shown_without_sound(
    #[case] run: &str,
    #[case] declares: &str,
    #[case] code: i32,
    #[case] says: &str,
) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = format!(
        r#"*'"notifications"'*) filter='sed s/"sound"//;s/,]/]/g;s/\[,/[/g' ;; *'"initialize"'*) filter='sed {declares}' ;;"#
    );
    let (ended, text, record) = tried(&["--run", run], &between(&reference(""), &rules), folder.path());
    assert_eq!(ended, code, "{text}");
    assert!(text.contains(says), "`{says}` is not said: {text}");
    let clauses = record["clauses"].as_array().expect("clauses");
    let broken = clauses.iter().any(|clause| clause["verdict"] == "broken");
    assert_eq!(broken, code == 1, "{text}");
}

/// The end of a client on a malformed event is the break; any other end of a driver is none.
#[rstest]
#[case::of_the_client("malformed-crashes", "", 0, "a malformed event was too much for the client")]
#[case::silence(
    "",
    r#"*'"settle"'*) calls=$((calls + 1)); [ $calls -lt 2 ] || { sleep 600; } ;;"#,
    0,
    "a malformed event was too much for the client"
)]
#[case::before_it("", r#"*'"settle"'*) exit 7 ;;"#, 3, "the driver ended before it answered `settle`")]
fn a_client_that_ends_on_a_malformed_event(
    #[case] defect: &str,
    #[case] rules: &str,
    #[case] code: i32,
    #[case] says: &str,
) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // What ends before its driver does takes the driver along.
    let script =
        between(&reference(defect), rules).replace("read -r answer <&4", "read -r answer <&4 || exit 7");
    let args = ["--run", "client/notify/malformed", "--driver-patience", "4s"];
    let (ended, text, record) = tried(&args, &script, folder.path());
    assert_eq!(ended, code, "{text}");
    assert!(text.contains(says), "`{says}` is not said: {text}");
    let clauses = record["clauses"].as_array().expect("clauses");
    let survives =
        clauses.iter().find(|clause| clause["id"] == "client.survives-bad-content").expect("the clause");
    assert_eq!(survives["verdict"], if code == 0 { "warned" } else { "not-judged" }, "{text}");
}
