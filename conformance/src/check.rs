//! What a check is: data that says which rule it tests, and a small function that tests it.

use std::fmt;

use clap::ValueEnum as _;
use serde::{Deserialize, Serialize};

use crate::lab::Lab;
use crate::server::ResourceType;

/// How much a rule binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// MUST, SHALL and REQUIRED.
    Must,
    /// SHOULD and RECOMMENDED.
    Should,
    /// MAY: if a server does it, it does it in the stated way.
    May,
    /// A behaviour that an identity provider depends on.
    #[serde(rename = "IdP")]
    Idp,
    /// No RFC asks for it, and a server without it is unsafe.
    Robust,
    /// An Internet-Draft asks for it.
    Draft,
}

impl Level {
    /// All levels, the most binding first.
    pub const ALL: [Self; 6] = [
        Self::Must,
        Self::Should,
        Self::May,
        Self::Idp,
        Self::Robust,
        Self::Draft,
    ];

    /// Its name, as reports print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
            Self::Idp => "IdP",
            Self::Robust => "ROBUST",
            Self::Draft => "DRAFT",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whose behaviour is judged beside the RFCs: an identity provider, or a draft.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Microsoft Entra ID.
    Entra,
    /// Okta.
    Okta,
    /// Google Workspace.
    Google,
    /// OneLogin.
    Onelogin,
    /// Keycloak, with a provisioning extension.
    Keycloak,
    /// Auth0.
    Auth0,
    /// draft-ietf-scim-interop-profile.
    Interop,
    /// The IPSIE SCIM profile of the OpenID Foundation.
    Ipsie,
}

impl Profile {
    /// The product's or the draft's name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Entra => "Microsoft Entra ID",
            Self::Okta => "Okta",
            Self::Google => "Google Workspace",
            Self::Onelogin => "OneLogin",
            Self::Keycloak => "Keycloak",
            Self::Auth0 => "Auth0",
            Self::Interop => "draft-ietf-scim-interop-profile",
            Self::Ipsie => "IPSIE SCIM profile",
        }
    }
}

/// What a server may say that it does not offer, in `ServiceProviderConfig` or `/ResourceTypes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `patch.supported`.
    Patch,
    /// `bulk.supported`.
    Bulk,
    /// `filter.supported`.
    Filter,
    /// `sort.supported`.
    Sort,
    /// `etag.supported`.
    Etag,
    /// `changePassword.supported`.
    ChangePassword,
    /// `pagination.cursor` (RFC 9865 §4).
    Cursor,
    /// A resource type with the core schema of a User.
    User,
    /// A resource type with the core schema of a Group.
    Group,
    /// The enterprise extension of the User.
    Enterprise,
}

/// The function that tests a rule.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// Runs once.
    Once(fn(&Lab<'_>) -> Verdict),
    /// Runs for each resource type that the server publishes, whatever it is.
    Each(fn(&Lab<'_>, &ResourceType) -> Verdict),
}

/// A rule, and how to see whether a server keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// `rfc7644-3.5.2.2/remove-without-target-is-noTarget`: where the rule stands, and its name.
    pub id: &'static str,
    /// Its line in the catalogue (`docs/requirements.md` of this repository), `J33`.
    pub line: &'static str,
    /// How much it binds.
    pub level: Level,
    /// The rule in our own words.
    pub rule: &'static str,
    /// What the server must offer for the rule to apply.
    pub needs: &'static [Feature],
    /// The profiles to which it belongs; without any it is of the RFCs, and always runs.
    pub profiles: &'static [Profile],
    /// Tests it.
    pub run: Run,
}

impl Check {
    const fn new(
        level: Level,
        line: &'static str,
        id: &'static str,
        rule: &'static str,
        run: Run,
    ) -> Self {
        Self {
            id,
            line,
            level,
            rule,
            needs: &[],
            profiles: &[],
            run,
        }
    }

    /// Applies only to servers that offer all of these.
    #[must_use]
    pub const fn needs(mut self, needs: &'static [Feature]) -> Self {
        self.needs = needs;
        self
    }

    /// Belongs to these profiles, and runs only when one of them is asked for.
    #[must_use]
    pub const fn of(mut self, profiles: &'static [Profile]) -> Self {
        self.profiles = profiles;
        self
    }

    /// Where the rule stands: `RFC 7644 §3.5.2.2`.
    pub fn source(&self) -> String {
        let place = self.id.split('/').next().unwrap_or_default();
        let Some(rfc) = place.strip_prefix("rfc") else {
            return match place {
                "robust" => "no RFC; a server that fails this is unsafe".to_owned(),
                "interop" => "draft-ietf-scim-interop-profile".to_owned(),
                "ipsie" => "IPSIE SCIM profile (draft)".to_owned(),
                vendor => {
                    let title = Profile::from_str(vendor, true).map_or(vendor, Profile::title);
                    format!("what {title} sends and expects")
                }
            };
        };
        match rfc.split_once('-') {
            Some((number, section)) => format!("RFC {number} §{section}"),
            None => format!("RFC {rfc}"),
        }
    }
}

/// A rule that a server must keep.
pub const fn must(
    line: &'static str,
    id: &'static str,
    rule: &'static str,
    run: fn(&Lab<'_>) -> Verdict,
) -> Check {
    Check::new(Level::Must, line, id, rule, Run::Once(run))
}

/// A rule that each resource type of a server must keep.
pub const fn each_must(
    line: &'static str,
    id: &'static str,
    rule: &'static str,
    run: fn(&Lab<'_>, &ResourceType) -> Verdict,
) -> Check {
    Check::new(Level::Must, line, id, rule, Run::Each(run))
}

/// A rule that a server should keep.
pub const fn should(
    line: &'static str,
    id: &'static str,
    rule: &'static str,
    run: fn(&Lab<'_>) -> Verdict,
) -> Check {
    Check::new(Level::Should, line, id, rule, Run::Once(run))
}

/// A rule that each resource type of a server should keep.
pub const fn each_should(
    line: &'static str,
    id: &'static str,
    rule: &'static str,
    run: fn(&Lab<'_>, &ResourceType) -> Verdict,
) -> Check {
    Check::new(Level::Should, line, id, rule, Run::Each(run))
}

/// What no RFC asks for and each resource type of every server needs.
pub const fn each_robust(
    line: &'static str,
    id: &'static str,
    rule: &'static str,
    run: fn(&Lab<'_>, &ResourceType) -> Verdict,
) -> Check {
    Check::new(Level::Robust, line, id, rule, Run::Each(run))
}

/// A rule for servers that do what they need not do.
pub const fn may(
    line: &'static str,
    id: &'static str,
    rule: &'static str,
    run: fn(&Lab<'_>) -> Verdict,
) -> Check {
    Check::new(Level::May, line, id, rule, Run::Once(run))
}

/// What no RFC asks for and every server needs.
pub const fn robust(
    line: &'static str,
    id: &'static str,
    rule: &'static str,
    run: fn(&Lab<'_>) -> Verdict,
) -> Check {
    Check::new(Level::Robust, line, id, rule, Run::Once(run))
}

/// What these identity providers need.
pub const fn idp(
    line: &'static str,
    id: &'static str,
    rule: &'static str,
    profiles: &'static [Profile],
    run: fn(&Lab<'_>) -> Verdict,
) -> Check {
    Check::new(Level::Idp, line, id, rule, Run::Once(run)).of(profiles)
}

/// What a draft asks for.
pub const fn draft(
    line: &'static str,
    id: &'static str,
    rule: &'static str,
    profiles: &'static [Profile],
    run: fn(&Lab<'_>) -> Verdict,
) -> Check {
    Check::new(Level::Draft, line, id, rule, Run::Once(run)).of(profiles)
}

/// What a check's function returns: that the rule is kept, or why not.
pub type Verdict = Result<(), Stop>;

/// Why a check ended before its end.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The rule is not kept.
    Wrong(Box<Finding>),
    /// The server says that it does not offer what the rule is about.
    NotOffered(String),
    /// Something failed that had to be there first.
    Blocked(String),
    /// The fault is ours.
    Broken(String),
}

/// A rule that is not kept: what would have been right, and what came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What would have been right.
    pub expected: String,
    /// What came instead.
    pub actual: String,
    /// The index of the exchange that shows it, in the check's exchanges.
    pub exchange: usize,
    /// The two values, where values were compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<Diff>,
}

/// Two values that should have been the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// What would have been right.
    pub expected: serde_json::Value,
    /// What came instead.
    pub actual: serde_json::Value,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}; got {}", self.expected, self.actual)
    }
}
