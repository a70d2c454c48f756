//! How every port is listened on: one accept loop, so that no peer can hold a port, whether it sends nothing, sends slowly,
//! takes its answers slowly, or opens connections without end.

mod accept;
mod http;
mod limits;
mod room;
mod stream;
mod turn;

pub use accept::{Cut, Why, accept};
pub use http::serve;
pub use limits::Limits;
pub use room::{Full, Room, Share};
pub use stream::Stream;
pub use turn::{Phase, Turn};
