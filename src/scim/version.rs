//! Versions of resources as weak entity tags (RFC 7644 §3.14, RFC 9110 §8.8.3).

use std::fmt;

/// The version of a stored resource: it starts at 1 and grows with every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub i64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}\"", self.0)
    }
}

/// The versions that an `If-Match` or `If-None-Match` header, or the `version` of a Bulk
/// operation, names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityTags {
    /// `*`: whatever there is.
    Any,
    /// One of these; what is not ours matches nothing.
    List(Vec<Version>),
}

impl EntityTags {
    /// Reads a header's value: `*`, or entity tags joined by commas, weak or strong.
    #[must_use]
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        let tags = header.split(',').map(str::trim).map(|tag| {
            tag.strip_prefix("W/")
                .or_else(|| tag.strip_prefix("w/"))
                .unwrap_or(tag)
        });
        Self::List(
            tags.filter_map(|tag| tag.trim_matches('"').parse().ok().map(Version))
                .collect(),
        )
    }

    /// True if the current version is named.
    #[must_use]
    pub fn contains(&self, current: Version) -> bool {
        match self {
            Self::Any => true,
            Self::List(versions) => versions.contains(&current),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_they_are_written() {
        let version = Version(7);
        assert!(EntityTags::parse(&version.to_string()).contains(version));
        assert!(EntityTags::parse("\"1\", W/\"7\"").contains(version));
        assert!(EntityTags::parse("*").contains(version));
        assert!(!EntityTags::parse("W/\"70\"").contains(version));
        assert!(!EntityTags::parse("W/\"abc\"").contains(version));
    }
}
