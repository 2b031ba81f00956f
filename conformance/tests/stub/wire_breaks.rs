//! Breaks that can be seen in the answer alone, as data: a name, and what then becomes of the answer.

use super::breaks::keeps;
use super::wire::{Answer, Asked};

type Change = fn(&Asked, &mut Answer);

/// The breaks of the wire, by their names in [`super::breaks::BREAKS`].
pub const WIRE: &[(&str, Change)] = &[("B3", |_, answer| {
    answer
        .headers
        .retain(|(name, _)| *name != "www-authenticate")
})];

/// Applies those that are broken here.
pub fn change(asked: &Asked, answer: &mut Answer) {
    for (_, change) in WIRE.iter().filter(|(name, _)| !keeps(name)) {
        change(asked, answer);
    }
}
