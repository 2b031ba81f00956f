//! The checks, an area a file, in the order of the catalogue.

mod auth0;
mod authentication;
mod bulk;
mod characteristics;
mod create;
mod cursors;
mod discovery;
mod drafts;
mod entra;
mod errors;
mod events;
mod extensions;
mod filters;
mod google;
mod groups;
mod keycloak;
mod lifecycle;
mod me;
mod okta;
mod onelogin;
mod pages;
mod patch;
mod put;
mod race;
mod read;
mod scale;
mod search;
mod sorting;
mod transport;
mod versions;

use crate::check::{Check, Level};

/// Checks of one subject.
#[derive(Debug)]
pub struct Area {
    /// Its name, by which it is chosen: `create`.
    pub name: &'static str,
    /// What it is about, for a heading.
    pub title: &'static str,
    /// Its checks.
    pub checks: &'static [Check],
    /// Lines of the catalogue that it leaves out, and why.
    pub left_out: &'static [(&'static str, &'static str)],
}

macro_rules! area {
    ($name:ident, $title:literal) => {
        Area {
            name: stringify!($name),
            title: $title,
            checks: $name::CHECKS,
            left_out: $name::LEFT_OUT,
        }
    };
}

/// All areas.
pub static AREAS: &[Area] = &[
    area!(discovery, "Discovery"),
    area!(authentication, "Authentication"),
    area!(create, "Creating"),
    area!(read, "Reading and projection"),
    area!(characteristics, "Characteristics of attributes"),
    area!(filters, "Filters"),
    area!(sorting, "Sorting"),
    area!(pages, "Pages by index"),
    area!(cursors, "Pages by cursor"),
    area!(patch, "PATCH"),
    area!(put, "PUT"),
    area!(lifecycle, "Deletion and life cycle"),
    area!(versions, "Versions"),
    area!(search, "POST .search"),
    area!(bulk, "Bulk"),
    area!(me, "/Me"),
    area!(errors, "Errors"),
    area!(transport, "Media types, text, limits"),
    area!(groups, "Groups and membership"),
    area!(extensions, "Extensions and custom types"),
    area!(entra, "Microsoft Entra ID"),
    area!(okta, "Okta"),
    area!(google, "Google Workspace"),
    area!(onelogin, "OneLogin"),
    area!(keycloak, "Keycloak"),
    area!(auth0, "Auth0"),
    area!(events, "Asynchronous requests and events"),
    area!(drafts, "Drafts"),
    area!(race, "Races"),
    area!(scale, "Scale"),
];

/// Whether a word of `--only` or `--skip` means this check: its id or the beginning of it, its
/// area, its level, its line in the catalogue, or an RFC's section (`7644-3.5.2`, `RFC 7644 §3.5.2`).
pub fn is_meant(word: &str, area: &Area, check: &Check) -> bool {
    let word = word.trim();
    let place = check.id.split('/').next().unwrap_or_default();
    let section = word
        .to_lowercase()
        .replace([' ', '§'], "-")
        .replace("--", "-");
    let section = section.trim_start_matches("rfc").trim_start_matches('-');
    let here = place.trim_start_matches("rfc");
    let level = Level::ALL
        .iter()
        .any(|it| *it == check.level && it.name().eq_ignore_ascii_case(word));
    check.id == word
        || area.name.eq_ignore_ascii_case(word)
        || level
        || check.line.eq_ignore_ascii_case(word)
        || here == section
        || (!section.is_empty()
            && here
                .strip_prefix(section)
                .is_some_and(|it| it.starts_with(['.', '-'])))
        || check.id.split('/').nth(1) == Some(word)
}
