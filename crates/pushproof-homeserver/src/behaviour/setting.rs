//! Decisions of `POST /pushers/set`.

/// What `POST /pushers/set` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// What a set that carries the link meets.
    pub link: LinkOnSet,
    /// How the refusal of the link is worded.
    pub refusal_code: RefusalCode,
    /// Whether a set may leave the state out.
    pub state_required: StateRequired,
    /// The state of a new pusher whose set names none.
    pub omitted_on_create: OmittedOnCreate,
    /// The state of an existing pusher after a set that names none.
    pub omitted_on_update: OmittedOnUpdate,
    /// What becomes of a state that was asked for.
    pub asked: AskedState,
    /// What a state that is no boolean meets.
    pub bad_state: BadState,
    /// Which pushers a set changes the state of.
    pub reach: Reach,
    /// What `kind: null` does.
    pub deletion: Deletion,
    /// What a set by another device than the pusher's own does.
    pub remote: RemoteSet,
    /// Which device the link names after another device set the pusher.
    pub link_after_remote: LinkAfterRemote,
    /// Which of the states set delivery follows.
    pub heeding: Heeding,
    /// What many sets in a short time do.
    pub burst: Burst,
    /// Under which names the state is read.
    pub names: NamesTaken,
    /// What a set by who has no access token does.
    pub without_token: TokenlessSet,
    /// What enables the disabled pushers of a user, without any set.
    pub enabling: Enabling,
}

/// What enables the disabled pushers of a user, without any set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enabling {
    /// Nothing.
    #[default]
    Nothing,
    /// A device of the user is removed.
    Removal,
    /// A device of the user logs in.
    Login,
    /// The user reads something that was unread.
    Reading,
    /// A settings event of the user is written.
    Settings,
}

/// What a set that carries the link meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkOnSet {
    /// Refused, and nothing changes.
    #[default]
    Refuse,
    /// Taken as if the link were not there.
    Ignore,
    /// Refused when it would make a new pusher, ignored when it changes one.
    RefuseOnCreateOnly,
    /// Refused when it changes a pusher, ignored when it would make a new one.
    RefuseOnUpdateOnly,
    /// Refused only when it names no device of the user.
    RefuseUnknownDevice,
    /// Refused unless it is the empty string.
    RefuseNonEmpty,
    /// Refused only when it is a string.
    RefuseText,
    /// Refused only when the pusher's own device sends it.
    RefuseFromOwnDevice,
    /// Refused only beside a state.
    RefuseWithState,
    /// Refused for http pushers only.
    RefuseForHttp,
    /// Refused, but ignored when the set says `append`.
    RefuseUnlessAppending,
    /// Refused, but ignored when it changes a disabled pusher.
    RefuseUnlessDisabled,
    /// Refused, but everything else in the request is done.
    RefuseButApply,
    /// Refused, but everything else in the request is done a second later.
    RefuseButApplyLater,
    /// Refused, but the pusher that it names is gone a second later.
    RefuseButDeleteLater,
    /// Refused, but the pusher that it names is deleted on the way.
    RefuseButDelete,
    /// Refused, but the pusher's link is changed to what was asked for.
    RefuseButRelink,
    /// Refused, but delivery follows the state that was asked for.
    RefuseButHeed,
    /// Refused, but other users' pushers of the same app id and push key are gone.
    RefuseButDisplace,
}

/// How the refusal of the link is worded. Status 400 and an `errcode` make it a refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefusalCode {
    /// `M_INVALID_PARAM`.
    #[default]
    InvalidParam,
    /// `M_BAD_JSON`.
    BadJson,
    /// `M_UNKNOWN`.
    Unknown,
    /// 403 `M_FORBIDDEN`.
    Forbidden,
    /// 404 `M_NOT_FOUND`.
    NotFound,
    /// 422 `M_INVALID_PARAM`.
    Unprocessable,
    /// 500 `M_UNKNOWN`.
    Internal,
    /// 400 with an object that has no `errcode`.
    WithoutErrcode,
    /// 200 with the error as its body.
    WithSuccess,
}

/// Whether a set may leave the state out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateRequired {
    /// Always.
    #[default]
    Never,
    /// Refused without it.
    Always,
    /// Refused without it once the pusher exists.
    OnUpdate,
    /// Refused without it for an email pusher.
    ForEmail,
}

/// The state of a new pusher whose set names none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OmittedOnCreate {
    /// Enabled.
    #[default]
    Enabled,
    /// Disabled.
    Disabled,
    /// Disabled if it is the user's only one.
    DisabledForFirst,
    /// Disabled if another pusher of the user is.
    LikeAnother,
    /// That of another user's pusher of the same app id and push key.
    LikeSameKey,
    /// Disabled if the set says `append`.
    DisabledWhenAppending,
    /// That of the pusher of the same key that went with its device.
    LikeTheRemoved,
    /// Enabled as listed, while delivery takes it for disabled.
    ListedOnly,
}

/// The state of an existing pusher after a set that names none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OmittedOnUpdate {
    /// Enabled: the default belongs to the request.
    #[default]
    Enabled,
    /// As it was.
    Keep,
    /// As it was when the set changes nothing else either.
    KeepWhenUnchanged,
    /// As it was when the set changes something else.
    KeepWhenChanged,
    /// As it was when another device than the pusher's own sets it.
    KeepForOtherDevices,
    /// As it was when the set says `append`.
    KeepWhenAppending,
    /// Enabled as listed, while delivery goes on as it was.
    ListedOnly,
}

/// What becomes of a state that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AskedState {
    /// It is the pusher's state.
    #[default]
    Taken,
    /// Forgotten when it makes a new pusher.
    IgnoredOnCreate,
    /// Forgotten when it would enable a disabled pusher.
    IgnoredWhenEnabling,
    /// Forgotten when the set changes something else as well.
    IgnoredWhenOthersChange,
    /// Forgotten when the set says `append`.
    IgnoredWhenAppending,
    /// Forgotten once the state has changed twice.
    TakenTwice,
}

/// What a state that is no boolean meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadState {
    /// Refused, and nothing changes.
    #[default]
    Refuse,
    /// Taken for `true` or `false` as a scripting language would.
    Coerce,
    /// Taken so for email pushers only.
    CoerceForEmail,
    /// Refused, but the other fields of the request are taken a second later.
    RefuseButApplyRestLater,
    /// Refused, but the other fields of the request are taken.
    RefuseButApplyRest,
    /// Refused; null, which counts as left out, is answered with an error of the server.
    FailOnNull,
    /// Refused, but an object is answered with an error of the server.
    FailOnObject,
    /// Refused when it changes a pusher; one that is new is made as if no state were there.
    IgnoreOnCreate,
    /// Refused, but the words `"true"` and `"false"` are taken for what they say.
    ReadWords,
    /// Refused, but the numbers 0 and 1 are taken for false and true.
    ReadNumbers,
    /// Refused without an `errcode`.
    RefuseWithoutErrcode,
}

/// Which pushers a set changes the state of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// The one that it names.
    #[default]
    ThatPusher,
    /// All of the user's.
    SameUser,
    /// All of the same device.
    SameDevice,
    /// Other users' with the same app id and push key along.
    SameKeyOfOthers,
    /// The user's with the same push key along, whatever their app id.
    SamePushkey,
    /// The user's of other kinds along.
    OtherKinds,
    /// All of the user's that are on the same device, when another device asks.
    SameDeviceFromAfar,
    /// As listed, the one that it names; in delivery, all of the user's.
    DeliveryOfUser,
    /// As listed, the one that it names; in delivery, all of the user's when it enables.
    DeliveryOfUserWhenEnabling,
    /// As listed, the one that it names; in delivery, other users' with the same app id and push key along.
    DeliveryOfSameKey,
}

/// What `kind: null` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deletion {
    /// The pusher is gone, and nothing of it remains.
    #[default]
    Deletes,
    /// A disabled pusher stays; the answer is that of success.
    KeepsDisabled,
    /// A disabled email pusher stays; the answer is that of success.
    KeepsDisabledEmail,
    /// The pusher is gone, and is back a second later.
    ComesBack,
    /// The pusher is gone; an email pusher is back a second later.
    EmailComesBack,
    /// The pusher is gone, but its state is remembered for the next one of the same key.
    RemembersState,
    /// The pusher is gone, but the next one of the same key stays silent if it was disabled, whatever is listed.
    RemembersSilence,
    /// A disabled pusher is not listed any more, but speaks again.
    DisabledSpeaks,
    /// A disabled pusher stays when another device than its own asks; the answer is that of success.
    KeepsDisabledForOthers,
    /// The user's other pushers are enabled along the way.
    EnablesOthers,
    /// Other users' pushers of the same app id and push key go along.
    TakesSameKeyAlong,
}

/// What a set by another device than the pusher's own does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RemoteSet {
    /// What a set by the own device does.
    #[default]
    Allowed,
    /// Refused with 403.
    Refused,
    /// Answered like success, but the state stays.
    StateIgnored,
    /// Done, but the optional fields of the pusher are lost.
    LosesFields,
    /// Done, but listed as a pusher of its own beside the one there was.
    Duplicates,
    /// Answered like success, but done to a pusher of the asking device, where it has one.
    StateOfOwnPusher,
    /// Refused with 403 when the asking device logged in after the pusher was set.
    RefusedToNewcomers,
}

/// Which device the link names after another device set the pusher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkAfterRemote {
    /// The one that it named before.
    #[default]
    Kept,
    /// The one that set it last.
    Setter,
    /// The one that set it last, from a second later on.
    SetterLater,
    /// The one that enabled it last.
    SetterWhenEnabling,
    /// From the second change of its state on, the one that made it.
    SetterOfSecondChange,
    /// The one that it named before, while the removal of the last setter removes the pusher.
    KeptButOwnedBySetter,
}

/// Which of the states set delivery follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heeding {
    /// All of them.
    #[default]
    Always,
    /// Only those that the pusher's own device set.
    OwnDeviceOnly,
    /// Never an enabling after a disabling.
    NeverResumes,
    /// An enabling after a disabling only when the set changes something else as well.
    ResumesOnOtherChange,
    /// An enabling only by the pusher's own device.
    ResumesByOwnDeviceOnly,
    /// An enabling after a disabling only the first time.
    ResumesOnce,
    /// A disabling only the first time.
    SilencesOnce,
    /// An enabling after a disabling never, if it is an email pusher.
    EmailNeverResumes,
    /// A disabling only the first time, if it is an email pusher.
    EmailSilencesOnce,
    /// An enabling never, if the pusher was made as disabled.
    NeverResumesBornDisabled,
    /// Any set of a disabled pusher makes it speak, also one that disables it again.
    AnySetResumes,
    /// A set of another pusher of the user makes a disabled one speak.
    OthersSetResumes,
}

/// What many sets in a short time do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Burst {
    /// One after the other, as if they had come slowly.
    #[default]
    Serialised,
    /// Delivery ends up with the opposite of the state shown.
    ConfusesDelivery,
    /// The pusher ends up twice.
    Duplicates,
}

/// Under which names the state is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NamesTaken {
    /// Those of the dialect.
    #[default]
    Dialect,
    /// The final ones, whatever the dialect.
    Stable,
}

/// What a set by who has no access token does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenlessSet {
    /// It is refused, and nothing changes.
    #[default]
    Refused,
    /// It is refused, but done to the pusher that it names, whoever's that is.
    RefusedButDone,
}
