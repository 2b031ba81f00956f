//! Pages by cursor (RFC 9865).

mod refusals;
mod walk;

use crate::check::Feature::{Cursor, Filter, Group, Sort, User};
use crate::check::{Check, must, robust, should};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[(
    "I11",
    "needs a cursor to expire: servers give them minutes at least",
)];

pub(super) const CHECKS: &[Check] = &[
    must(
        "I1",
        "rfc9865-4/announced-well",
        "pagination in ServiceProviderConfig has the booleans cursor and index; its numbers are positive, its method is cursor or index.",
        walk::announced,
    ),
    must(
        "I2",
        "rfc9865-2/first-page",
        "An empty cursor, written cursor= or cursor, asks for the first page.",
        walk::first_page,
    )
    .needs(&[Cursor, Filter, User]),
    must(
        "I3",
        "rfc9865-2/each-resource-once",
        "Following nextCursor gives each resource once.",
        walk::each_once,
    )
    .needs(&[Cursor, Filter, User]),
    must(
        "I4",
        "rfc9865-2/next-cursor-until-the-last-page",
        "Each page but the last has a nextCursor, and the last has none.",
        walk::next_cursor,
    )
    .needs(&[Cursor, Filter, User]),
    must(
        "I5",
        "rfc9865-2/previous-cursor",
        "The first page has no previousCursor; where another page has one, it leads back.",
        walk::previous_cursor,
    )
    .needs(&[Cursor, Filter, User]),
    must(
        "I6",
        "rfc9865-2/unreserved-characters",
        "Cursors consist of unreserved characters of URIs.",
        walk::unreserved,
    )
    .needs(&[Cursor, Filter, User]),
    must(
        "I7",
        "rfc9865-2/count-is-a-bound",
        "A page never has more resources than count says.",
        walk::bound,
    )
    .needs(&[Cursor, Filter, User]),
    should(
        "I7",
        "rfc9865-2.1/count-below-one",
        "A count of 0 or below gives no resources, or is refused with invalidCount.",
        refusals::count_below_one,
    )
    .needs(&[Cursor, Filter, User]),
    should(
        "I8",
        "rfc9865-2.1/invalid-cursor",
        "A cursor that the server did not give is refused with 400 and invalidCursor.",
        refusals::invalid,
    )
    .needs(&[Cursor, Filter, User]),
    robust(
        "I9",
        "robust/cursor-of-another-query",
        "A cursor that is used with another filter or at another endpoint is refused, or gives nothing that does not belong there.",
        refusals::other_query,
    )
    .needs(&[Cursor, Filter, User, Group]),
    should(
        "I10",
        "rfc9865-2.1/another-count",
        "Another count than on the first page is served, or refused with 400.",
        refusals::other_count,
    )
    .needs(&[Cursor, Filter, User]),
    should(
        "I12",
        "rfc9865-2.2/sorted-pages",
        "Pages by cursor follow sortBy.",
        walk::sorted,
    )
    .needs(&[Cursor, Sort, Filter, User]),
    must(
        "I13",
        "rfc9865-3/search-with-cursor",
        "A search by POST takes a cursor, empty for the first page.",
        walk::search,
    )
    .needs(&[Cursor, Filter, User]),
    must(
        "I14",
        "rfc9865-2.4/default-method",
        "A request that names no method of pagination is answered, by the method that is announced as the default.",
        walk::default_method,
    )
    .needs(&[Cursor, Filter, User]),
    robust(
        "I15",
        "robust/pages-while-users-come-and-go",
        "Resources that come and go between two pages make no other one lost or doubled.",
        walk::come_and_go,
    )
    .needs(&[Cursor, Filter, User]),
    robust(
        "I16",
        "robust/cursor-asked-twice",
        "A cursor can be asked again after a lost answer, and gives the same page.",
        walk::twice,
    )
    .needs(&[Cursor, Filter, User]),
    must(
        "I17",
        "rfc9865-5.2/cursor-grants-nothing",
        "A cursor is worth nothing without the token.",
        refusals::grants_nothing,
    )
    .needs(&[Cursor, Filter, User]),
    robust(
        "I18",
        "robust/forged-cursors",
        "Forged cursors, short or long, do not make the server fail.",
        refusals::forged,
    )
    .needs(&[Cursor, User]),
];
