//! One key for all spellings of a text: what `caseExact: false` means here.
//!
//! # Why
//! Databases fold differently (PostgreSQL's `lower` maps the Kelvin sign to k, SQLite's knows
//! ASCII only), so folding is done here, once, and the folded key is what is stored and
//! compared. The steps are those of PRECIS `UsernameCaseMapped` (RFC 8265 §3.3, which RFC 7644
//! §5 asks for): full-width forms become their plain ones, Unicode simple case folding, NFC.

use std::borrow::Cow;

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_normalizer::ComposingNormalizerBorrowed;

const CASES: CaseMapperBorrowed<'static> = CaseMapper::new();

/// Returns the key under which `text` is compared when case does not matter.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let folded: String = text.chars().map(|c| CASES.simple_fold(narrow(c))).collect();
    let composed = ComposingNormalizerBorrowed::new_nfc();
    Cow::Owned(composed.normalize(&folded).into_owned())
}

/// Maps a full-width form to its plain one (RFC 8265 §3.3.2, width mapping).
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[track_caller]
    fn same(a: &str, b: &str) {
        assert_eq!(fold(a), fold(b));
    }

    #[test]
    fn case_does_not_matter_in_any_script() {
        same("BJensen", "bjensen");
        same("ÅSA", "åsa");
        same("ΣΊΣΥΦΟΣ", "σίσυφος");
        same("\u{212a}elvin", "kelvin");
        same("ПЁТР", "пётр");
    }

    #[test]
    fn folding_is_simple_so_lengths_of_letters_stay() {
        assert_ne!(fold("straße"), fold("strasse"));
        assert_ne!(fold("İ"), fold("i"));
    }

    #[test]
    fn composed_and_decomposed_are_one() {
        same("jose\u{301}", "JOSÉ");
        same("ｂｊｅｎｓｅｎ", "BJENSEN");
    }
}
