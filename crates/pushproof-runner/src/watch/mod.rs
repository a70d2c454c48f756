//! What must last: the silence of a pusher, and what a judging step read of the subject's state. Both are watched beyond
//! the step that found them, so that what breaks them late breaks the step.

mod done;
mod on_way;
mod open;
mod silence;
mod state;
mod time;

pub(crate) use self::{
    done::{Thing, key_to_set},
    on_way::let_arrive,
    open::{Watch, Watched, Watches},
    silence::{Quietened, figures},
    state::Standing,
};
pub use self::{
    state::is_watched,
    time::{DEFAULT_WATCH, LEAST_WATCH, watch_time},
};
