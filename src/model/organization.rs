//! A tenant: every row belongs to one.

/// An organization. There is one called `default`; nobody who needs just one has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Key of its row.
    pub pk: i64,
    /// Its name in commands and URLs: lower-case letters, digits, hyphens.
    pub slug: String,
}

impl Organization {
    /// The organization that exists from the start.
    pub const DEFAULT: &'static str = "default";

    /// Checks a name for a new organization.
    ///
    /// # Errors
    /// Says what a name is made of.
    pub fn check_slug(slug: &str) -> Result<(), String> {
        let proper = slug.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && slug.len() <= 63
            && slug
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if proper {
            Ok(())
        } else {
            Err(format!(
                "{slug:?} is no name for an organization: up to 63 lower-case letters, digits and hyphens, a letter or digit first"
            ))
        }
    }
}
