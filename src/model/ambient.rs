//! Time and chance, as arguments: they come from `app`, and tests hold them.

use uuid::Uuid;

/// The clock and the dice that a use case is given.
#[derive(Clone, Copy, Debug)]
pub struct Ambient {
    /// Microseconds since 1970.
    pub now: fn() -> i64,
    /// An id that no resource has, in the order of time (UUID version 7).
    pub id: fn() -> Uuid,
    /// Random bytes that nobody can guess.
    pub random: fn(&mut [u8]),
}
