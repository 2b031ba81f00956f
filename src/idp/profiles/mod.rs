//! One file a provider: its habits. A SCIM token names the profile of the provider that holds it.

mod auth0;
mod entra;
mod google;
mod keycloak;
mod okta;
mod onelogin;

use std::fmt;
use std::str::FromStr;

use super::quirks::{self, Quirk};

/// An identity provider that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idp {
    /// Microsoft Entra ID.
    Entra,
    /// Okta.
    Okta,
    /// Google Workspace.
    Google,
    /// OneLogin.
    OneLogin,
    /// Keycloak with an outbound SCIM extension.
    Keycloak,
    /// Auth0's outbound SCIM action.
    Auth0,
}

impl Idp {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Entra,
        Self::Okta,
        Self::Google,
        Self::OneLogin,
        Self::Keycloak,
        Self::Auth0,
    ];

    /// Returns the name as in `--profile` and in the provisioning log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Google => "google",
            Self::OneLogin => "onelogin",
            Self::Keycloak => "keycloak",
            Self::Auth0 => "auth0",
        }
    }

    const fn own_quirks(self) -> &'static [Quirk] {
        match self {
            Self::Entra => entra::OWN,
            Self::Okta => okta::OWN,
            Self::Google => google::OWN,
            Self::OneLogin => onelogin::OWN,
            Self::Keycloak => keycloak::OWN,
            Self::Auth0 => auth0::OWN,
        }
    }
}

/// What a SCIM token says of the provider that holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Nothing: the provider is recognised by what it sends, and every habit that cannot be
    /// mistaken for something else is forgiven.
    #[default]
    Auto,
    /// It keeps to the RFCs; nothing is forgiven.
    Strict,
    /// It is this one.
    Idp(Idp),
}

impl Profile {
    /// Returns the name as in `--profile`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Strict => "strict",
            Self::Idp(idp) => idp.as_str(),
        }
    }

    /// Returns what is forgiven to a holder of this profile that was recognised as `recognised`.
    #[must_use]
    pub fn quirks(self, recognised: Option<Idp>) -> Vec<Quirk> {
        let own = |idps: &[Idp]| -> Vec<Quirk> {
            let own = idps.iter().flat_map(|idp| idp.own_quirks());
            quirks::COMMON.iter().chain(own).copied().collect()
        };
        match (self, recognised) {
            (Self::Strict, _) => Vec::new(),
            (Self::Idp(idp), _) => own(&[idp]),
            (Self::Auto, Some(_)) => own(&Idp::ALL),
            // these may be mistakes of somebody who wants to know
            (Self::Auto, None) => own(&Idp::ALL)
                .into_iter()
                .filter(|quirk| !matches!(quirk, Quirk::UnknownPathsAlone | Quirk::Scalars))
                .collect(),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The names that a profile can have.
pub const NAMES: [&str; 8] = [
    "auto", "strict", "entra", "okta", "google", "onelogin", "keycloak", "auth0",
];

impl FromStr for Profile {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "auto" => Ok(Self::Auto),
            "strict" => Ok(Self::Strict),
            _ => Idp::ALL
                .into_iter()
                .find(|idp| idp.as_str() == name)
                .map(Self::Idp)
                .ok_or_else(|| {
                    format!(
                        "no profile is called {name:?}; there are {}",
                        NAMES.join(", ")
                    )
                }),
        }
    }
}
