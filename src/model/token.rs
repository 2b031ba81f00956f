//! SCIM bearer tokens: what an identity provider authenticates with.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use ipnet::IpNet;

use crate::idp::{Idp, Profile};

/// A SCIM bearer token, as the identity provider holds it: `vst_`, 40 random characters and a
/// checksum of 6, so that a mistyped one is known without asking the database.
///
/// It exists twice: on the page that issues it, once, and in each request. We store only its
/// SHA-256.
pub struct TokenSecret(String);

const PREFIX: &str = "vst_";
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const RANDOM: usize = 40;
const CHECKSUM: usize = 6;

fn letters(bytes: &[u8]) -> String {
    bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect()
}

fn checksum(body: &str) -> String {
    letters(
        digest(&SHA256, body.as_bytes())
            .as_ref()
            .get(..CHECKSUM)
            .unwrap_or_default(),
    )
}

impl TokenSecret {
    /// Makes a token of 40 random bytes (200 bits count).
    #[must_use]
    pub fn new(random: &[u8; RANDOM]) -> Self {
        let body = letters(random);
        Self(format!("{PREFIX}{body}{}", checksum(&body)))
    }

    /// Takes what a client sent, if it can be a token of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix(PREFIX)?;
        let (body, sum) = body.split_at_checked(RANDOM)?;
        (checksum(body) == sum).then(|| Self(text.to_owned()))
    }

    /// Returns the SHA-256 in hexadecimal: what is stored.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in digest(&SHA256, self.0.as_bytes()).as_ref() {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// Returns the start of the token, by which people tell tokens apart.
    #[must_use]
    pub fn hint(&self) -> String {
        self.0.chars().take(PREFIX.len() + 6).collect()
    }

    /// Shows the token. To be called where it is issued, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// A token as it is stored.
#[derive(Clone, Debug)]
pub struct ScimToken {
    /// Key of its row; its id in commands.
    pub pk: i64,
    /// The organization whose resources it sees and changes.
    pub organization: i64,
    /// Which provider holds it.
    pub profile: Profile,
    /// What people call it.
    pub name: String,
    /// The start of the secret.
    pub hint: String,
    /// SHA-256 of the secret, hexadecimal.
    pub sha256: String,
    /// From where it may be used; empty means from anywhere.
    pub cidrs: Vec<IpNet>,
    /// Microseconds since 1970.
    pub created: i64,
    /// Microseconds since 1970; from then on it is refused.
    pub expires: Option<i64>,
    /// Microseconds since 1970, to the minute or so.
    pub last_used: Option<i64>,
    /// The provider that its requests showed, where the profile does not say.
    pub recognised: Option<Idp>,
    /// Microseconds since 1970; from then on it is refused.
    pub revoked: Option<i64>,
}

/// Whether a token may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It may.
    Live,
    /// Its time is over.
    Expired,
    /// Somebody revoked it.
    Revoked,
    /// It may not be used from this address.
    Elsewhere,
}

impl ScimToken {
    /// Decides whether the token may be used at `now` (microseconds since 1970) from `address`.
    #[must_use]
    pub fn state(&self, now: i64, address: Option<IpAddr>) -> TokenState {
        if self.revoked.is_some_and(|at| at <= now) {
            return TokenState::Revoked;
        }
        if self.expires.is_some_and(|at| at <= now) {
            return TokenState::Expired;
        }
        let address = address.map(|address| address.to_canonical());
        if self.cidrs.is_empty()
            || address.is_some_and(|address| self.cidrs.iter().any(|cidr| cidr.contains(&address)))
        {
            return TokenState::Live;
        }
        TokenState::Elsewhere
    }
}

/// What a new token is to be.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The organization.
    pub organization: i64,
    /// Which provider will hold it.
    pub profile: Profile,
    /// What people call it.
    pub name: String,
    /// From where it may be used; empty means from anywhere.
    pub cidrs: Vec<IpNet>,
    /// Microseconds since 1970.
    pub expires: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> ScimToken {
        ScimToken {
            pk: 1,
            organization: 1,
            profile: Profile::Auto,
            name: "t".into(),
            hint: "vst_".into(),
            sha256: String::new(),
            cidrs: Vec::new(),
            created: 0,
            expires: None,
            last_used: None,
            recognised: None,
            revoked: None,
        }
    }

    #[test]
    fn a_token_knows_itself() {
        let secret = TokenSecret::new(&[7; RANDOM]);
        let same = TokenSecret::parse(secret.reveal()).unwrap();
        assert_eq!(same.sha256(), secret.sha256());
        let mistyped = secret.reveal().replacen('h', "j", 1);
        assert!(TokenSecret::parse(&mistyped).is_none() || mistyped == secret.reveal());
        assert!(TokenSecret::parse("vst_").is_none());
        assert_eq!(format!("{secret:?}"), "TokenSecret(…)");
    }

    #[test]
    fn a_token_ends_where_it_is_told_to() {
        let here = Some("10.1.2.3".parse().unwrap());
        assert_eq!(token().state(10, None), TokenState::Live);
        assert_eq!(
            ScimToken {
                expires: Some(10),
                ..token()
            }
            .state(10, here),
            TokenState::Expired
        );
        assert_eq!(
            ScimToken {
                expires: Some(11),
                ..token()
            }
            .state(10, here),
            TokenState::Live
        );
        assert_eq!(
            ScimToken {
                revoked: Some(1),
                ..token()
            }
            .state(10, here),
            TokenState::Revoked
        );
        let fenced = ScimToken {
            cidrs: vec!["10.1.0.0/16".parse().unwrap()],
            ..token()
        };
        assert_eq!(fenced.state(10, here), TokenState::Live);
        assert_eq!(
            fenced.state(10, Some("::ffff:10.1.2.3".parse().unwrap())),
            TokenState::Live
        );
        assert_eq!(
            fenced.state(10, Some("10.2.0.1".parse().unwrap())),
            TokenState::Elsewhere
        );
        assert_eq!(fenced.state(10, None), TokenState::Elsewhere);
    }
}
