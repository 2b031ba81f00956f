//! What a path below the base stands for, and which methods it takes.

use std::borrow::Cow;

use crate::directory::Scope;
use crate::scim::registry::Registry;
use crate::scim::schema::ResourceType;

/// What a path stands for (RFC 7644 §3.2, §4).
#[derive(Debug)]
pub(super) enum Route {
    ServiceProviderConfig,
    Schemas,
    Schema(String),
    ResourceTypes,
    ResourceType(String),
    /// The root: all resources.
    All,
    Collection(&'static ResourceType),
    Resource(&'static ResourceType, String),
    Search(Scope),
    Bulk,
    Me,
}

impl Route {
    /// Reads a path below the base, with or without slashes at its end; `None` is 404.
    pub(super) fn parse(path: &str, registry: &'static Registry) -> Option<Self> {
        let segments: Vec<Cow<'_, str>> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(decode)
            .collect::<Option<_>>()?;
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        match segments.as_slice() {
            [] => Some(Self::All),
            ["ServiceProviderConfig"] => Some(Self::ServiceProviderConfig),
            ["Schemas"] => Some(Self::Schemas),
            ["Schemas", urn] => Some(Self::Schema((*urn).to_owned())),
            ["ResourceTypes"] => Some(Self::ResourceTypes),
            ["ResourceTypes", name] => Some(Self::ResourceType((*name).to_owned())),
            ["Bulk"] => Some(Self::Bulk),
            ["Me", ..] => Some(Self::Me),
            [".search"] => Some(Self::Search(Scope::All)),
            [endpoint] => registry.by_endpoint(endpoint).map(Self::Collection),
            [endpoint, ".search"] => registry
                .by_endpoint(endpoint)
                .map(|kind| Self::Search(Scope::Type(kind))),
            [endpoint, id] => registry
                .by_endpoint(endpoint)
                .map(|kind| Self::Resource(kind, (*id).to_owned())),
            [_, _, _, ..] => None,
        }
    }

    /// Returns the methods that the path takes, as the `Allow` header lists them.
    pub(super) fn allow(&self) -> &'static str {
        match self {
            Self::ServiceProviderConfig
            | Self::Schemas
            | Self::Schema(_)
            | Self::ResourceTypes
            | Self::ResourceType(_)
            | Self::All => "GET, HEAD",
            Self::Collection(_) => "GET, HEAD, POST",
            Self::Resource(..) => "GET, HEAD, PUT, PATCH, DELETE",
            Self::Search(_) | Self::Bulk => "POST",
            Self::Me => "GET, HEAD, POST, PUT, PATCH, DELETE",
        }
    }

    /// True if it may be read without a token (RFC 7643 §5, RFC 7644 §4).
    pub(super) fn is_discovery(&self) -> bool {
        match self {
            Self::ServiceProviderConfig
            | Self::Schemas
            | Self::Schema(_)
            | Self::ResourceTypes
            | Self::ResourceType(_) => true,
            Self::All
            | Self::Collection(_)
            | Self::Resource(..)
            | Self::Search(_)
            | Self::Bulk
            | Self::Me => false,
        }
    }

    /// Returns the path with names in place of what tells people apart, for the log.
    pub(super) fn pattern(&self) -> String {
        match self {
            Self::ServiceProviderConfig => "/ServiceProviderConfig".into(),
            Self::Schemas => "/Schemas".into(),
            Self::Schema(_) => "/Schemas/{urn}".into(),
            Self::ResourceTypes => "/ResourceTypes".into(),
            Self::ResourceType(_) => "/ResourceTypes/{name}".into(),
            Self::All => "/".into(),
            Self::Collection(kind) => kind.endpoint.clone(),
            Self::Resource(kind, _) => format!("{}/{{id}}", kind.endpoint),
            Self::Search(Scope::All) => "/.search".into(),
            Self::Search(Scope::Type(kind)) => format!("{}/.search", kind.endpoint),
            Self::Bulk => "/Bulk".into(),
            Self::Me => "/Me".into(),
        }
    }
}

/// Decodes `%xx`; none for what is not UTF-8 or has a stray `%`.
pub(super) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// Reads a query string: names and values, `+` as a space.
pub(super) fn parameters(query: &str) -> Option<Vec<(String, String)>> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = |part: &str| decode(&part.replace('+', " ")).map(Cow::into_owned);
            Some((text(name)?, text(value)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_with_their_slashes_and_escapes() {
        let registry = Registry::load(&[]).unwrap();
        let pattern = |path: &str| Route::parse(path, registry).map(|route| route.pattern());
        assert_eq!(pattern("/Users/").as_deref(), Some("/Users"));
        assert_eq!(pattern("//Users//a%2Fb").as_deref(), Some("/Users/{id}"));
        assert_eq!(pattern("/Users/.search").as_deref(), Some("/Users/.search"));
        assert_eq!(pattern("").as_deref(), Some("/"));
        assert_eq!(pattern("/Users/a/b"), None);
        assert_eq!(pattern("/Shoes"), None);
        assert_eq!(pattern("/Users/%zz"), None);
    }

    #[test]
    fn queries_are_read_as_forms_write_them() {
        let read = parameters("filter=userName+eq+%22a%2Bb%22&count=1&&x").unwrap();
        assert_eq!(
            read,
            [
                ("filter".into(), "userName eq \"a+b\"".into()),
                ("count".into(), "1".into()),
                ("x".into(), String::new())
            ]
        );
        assert_eq!(parameters("a=%f"), None);
    }
}
