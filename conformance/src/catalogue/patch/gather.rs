//! Tables of several files as one.

use crate::check::Check;

/// How many checks these tables have.
pub(in crate::catalogue) const fn count(tables: &[&[Check]]) -> usize {
    let (mut total, mut tables) = (0, tables);
    while let [table, rest @ ..] = tables {
        total += table.len();
        tables = rest;
    }
    total
}

/// The checks of these tables in their order; `N` is their [`count`].
#[expect(
    clippy::indexing_slicing,
    reason = "it runs while this is compiled, where a wrong index is an error"
)]
pub(in crate::catalogue) const fn gather<const N: usize>(tables: &[&[Check]]) -> [Check; N] {
    let mut all = [tables[0][0]; N];
    let (mut n, mut tables) = (0, tables);
    while let [table, rest @ ..] = tables {
        let mut table = *table;
        while let [check, checks @ ..] = table {
            all[n] = *check;
            n += 1;
            table = checks;
        }
        tables = rest;
    }
    all
}
