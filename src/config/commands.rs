//! What can be asked for on the command line.

use std::path::PathBuf;

use chrono::DateTime;
use clap::{Args, Subcommand};
use ipnet::IpNet;
use uuid::Uuid;

use super::Micros;
use crate::idp::Profile;
use crate::model::Organization;

/// When a token ends: after a duration, or at a time.
#[derive(Clone, Copy, Debug)]
pub enum Expiry {
    /// So many microseconds from now.
    After(i64),
    /// Microseconds since 1970.
    At(i64),
}

impl std::str::FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(at.timestamp_micros()));
        }
        text.parse::<Micros>().map(|after| Self::After(after.0)).map_err(|_| format!("{text:?} is no end: expected a duration such as 30d, or a time such as 2027-01-31T00:00:00Z"))
    }
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Serves SCIM.
    Serve,
    /// Serves on a temporary database and pushes a small company into itself, as Entra would.
    Demo,
    /// SCIM tokens: what identity providers authenticate with.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Organizations: each has its own users, groups and tokens.
    #[command(subcommand)]
    Org(OrgCommand),
    /// Shows the provisioning log: who changed what, and what went wrong.
    Log(LogCommand),
    /// Copies the SQLite database into a new file, also while a server uses it.
    Backup {
        /// The file to write; it must not exist.
        file: PathBuf,
    },
    /// Makes the SQLite database from a backup; there must be none yet.
    Restore {
        /// What `backup` wrote.
        file: PathBuf,
    },
    /// Brings the database's tables up to date.
    Migrate {
        /// Takes the last N steps back instead. Data that only newer tables hold is lost.
        #[arg(long, value_name = "N")]
        down: Option<u32>,
    },
}

/// What can be done with tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenCommand {
    /// Issues a token and shows it, once.
    Create(CreateToken),
    /// Lists the tokens of an organization.
    List {
        /// The organization.
        #[arg(long, default_value = Organization::DEFAULT, value_name = "NAME")]
        org: String,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Issues a second token like this one; revoke the old one when the provider has the new.
    Rotate {
        /// As `token list` shows it.
        id: i64,
        /// Prints the secret alone.
        #[arg(long)]
        quiet: bool,
    },
    /// Ends a token: it is refused from the next request on, on PostgreSQL within half a second.
    Revoke {
        /// As `token list` shows it.
        id: i64,
    },
}

/// A token to issue.
#[derive(Clone, Debug, Args)]
pub struct CreateToken {
    /// The organization whose users and groups it sees and changes.
    #[arg(long, default_value = Organization::DEFAULT, value_name = "NAME")]
    pub org: String,
    /// The provider that holds it: auto, strict, entra, okta, google, onelogin, keycloak, auth0.
    #[arg(long, default_value_t = Profile::Auto, value_name = "PROFILE")]
    pub profile: Profile,
    /// What people call it.
    #[arg(long, default_value = "token", value_name = "NAME")]
    pub name: String,
    /// When it ends: 30d, or 2027-01-31T00:00:00Z. Never, if not said.
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<Expiry>,
    /// A network from which it may be used, such as 203.0.113.0/24; repeat it for more.
    #[arg(long, value_name = "CIDR")]
    pub allow: Vec<IpNet>,
    /// Prints the secret alone.
    #[arg(long)]
    pub quiet: bool,
}

/// What can be done with organizations.
#[derive(Clone, Debug, Subcommand)]
pub enum OrgCommand {
    /// Makes an organization.
    Create {
        /// Lower-case letters, digits and hyphens.
        name: String,
    },
    /// Lists them.
    List,
}

/// Which part of the provisioning log to show.
#[derive(Clone, Debug, Args)]
pub struct LogCommand {
    /// Of this organization only.
    #[arg(long, value_name = "NAME")]
    pub org: Option<String>,
    /// About this user or group only.
    #[arg(long, value_name = "ID")]
    pub resource: Option<Uuid>,
    /// Failures only.
    #[arg(long)]
    pub failed: bool,
    /// The newest so many.
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    pub limit: u32,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}
