//! Media types, text, limits (RFC 7644 §3.8, §5; RFC 7230, RFC 7231).

mod http;
mod limits;
mod media;
mod names;
mod text;

use crate::check::Feature::{Filter, User};
use crate::check::{Check, each_must, must, robust, should};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    must(
        "R1",
        "rfc7644-3.8/accept-scim-json",
        "Accept: application/scim+json is answered with that.",
        media::accept_scim_json,
    ),
    should(
        "R1",
        "rfc7644-3.8/accept-json",
        "Accept: application/json is answered with JSON.",
        media::accept_json,
    ),
    must(
        "R1",
        "rfc7231-5.3.2/accept-lists",
        "Accept with wildcards, or a list with weights, is answered if application/scim+json is in it.",
        media::accept_lists,
    ),
    must(
        "R1",
        "rfc7644-3.8/no-accept-is-scim-json",
        "A request without Accept is answered with application/scim+json.",
        media::no_accept,
    ),
    must(
        "R2",
        "rfc7644-3.8/scim-json-with-charset",
        "A body of application/scim+json is taken, also with charset=utf-8.",
        media::scim_json_with_charset,
    ),
    should(
        "R2",
        "rfc7644-3.8/plain-json-is-taken",
        "A body of application/json is taken, also with charset=utf-8: identity providers send it.",
        media::plain_json_is_taken,
    ),
    must(
        "R3",
        "rfc7644-3.1/answers-are-scim-json",
        "Resources and lists have the media type application/scim+json.",
        media::answers_are_scim_json,
    ),
    each_must(
        "R4",
        "rfc7644-3.8/text-comes-back",
        "Any text of Unicode comes back as it was sent: beyond the BMP, right to left, combined, escaped.",
        text::comes_back,
    ),
    robust(
        "R5",
        "robust/invalid-utf8-is-refused",
        "A body that is not UTF-8 is refused, not mended in silence.",
        text::invalid_utf8_is_refused,
    ),
    robust(
        "R5",
        "robust/lone-surrogates",
        "Half a surrogate pair in a JSON string is no failure of the server.",
        text::lone_surrogates,
    ),
    robust(
        "R6",
        "robust/long-values-are-not-cut",
        "A long value is kept whole or refused.",
        text::long_values_are_not_cut,
    ),
    robust(
        "R7",
        "robust/deep-json",
        "JSON that is nested 20 000 deep does the server no harm.",
        limits::deep_json,
    ),
    robust(
        "R8",
        "robust/duplicate-names",
        "Of two members with the same name one wins, or both are refused.",
        limits::duplicate_names,
    ),
    robust(
        "R9",
        "robust/bad-numbers-are-refused",
        "What JSON does not have as a number (NaN, 01, .5) is refused.",
        limits::bad_numbers_are_refused,
    ),
    robust(
        "R9",
        "robust/large-integers-are-kept",
        "An integer beyond what a double holds is kept exactly or refused.",
        limits::large_integers_are_kept,
    ),
    robust(
        "R9",
        "robust/huge-numbers",
        "Numbers beyond what a machine holds are no failure of the server.",
        limits::huge_numbers,
    ),
    robust(
        "R10",
        "robust/head-and-options",
        "HEAD and OPTIONS are no failure of the server.",
        http::head_and_options,
    ),
    must(
        "R10",
        "rfc7231-4.3.2/head-has-no-body",
        "The answer to HEAD has no body.",
        http::head_has_no_body,
    ),
    robust(
        "R11",
        "robust/slashes",
        "A slash too many in a path is no failure of the server, and leads to nothing else.",
        http::slashes,
    ),
    should(
        "R11",
        "rfc3986-2.3/percent-encoded-id",
        "An id with its letters percent-encoded is the same id.",
        http::percent_encoded_id,
    ),
    must(
        "R12",
        "rfc7230-3.3.1/chunks-are-read",
        "A body in chunks is read, or its length is asked for (411).",
        http::chunks_are_read,
    ),
    must(
        "R12",
        "rfc7231-5.1.1/expectation-is-met",
        "A request that waits for 100 (Continue) is answered.",
        http::expectation_is_met,
    ),
    robust(
        "R12",
        "robust/connection-goes-on",
        "A connection that the server does not close serves a second request.",
        http::connection_goes_on,
    ),
    must(
        "R12",
        "rfc7230-3.3.1/no-chunks-for-old-clients",
        "A client of HTTP/1.0 is answered, and not in chunks.",
        http::no_chunks_for_old_clients,
    ),
    robust(
        "R12",
        "robust/compressed-body",
        "A compressed body is read or refused.",
        http::compressed_body,
    ),
    must(
        "R13",
        "rfc7644-5/user-name-in-any-composition",
        "A userName is the same whether its letters are composed or not (PRECIS: NFC).",
        names::any_composition,
    )
    .needs(&[User, Filter]),
    must(
        "R13",
        "rfc7644-5/user-name-in-any-width",
        "A userName is the same in letters of full width (PRECIS: width mapping).",
        names::any_width,
    )
    .needs(&[User, Filter]),
    must(
        "R13",
        "rfc7644-5/user-name-in-any-case",
        "A userName is the same in any case, beyond ASCII too.",
        names::any_case,
    )
    .needs(&[User, Filter]),
    robust(
        "R14",
        "robust/nosniff",
        "Answers say X-Content-Type-Options: nosniff.",
        http::nosniff,
    ),
    robust(
        "R14",
        "robust/personal-data-is-not-cached",
        "An answer with personal data says that it is not to be stored (no-store, private or no-cache).",
        http::not_cached,
    ),
];
