//! Commands for the administrator at a terminal.

use serde_json::{Value, json};

use super::AMBIENT;
use crate::config::{CreateToken, Expiry, LogCommand, OrgCommand, TokenCommand};
use crate::directory::Directory;
use crate::model::{LogEntry, LogQuery, NewToken, ScimToken, TokenSecret, TokenState};
use crate::scim::render::timestamp;

/// Prints a line on standard output.
#[expect(clippy::print_stdout, reason = "what a command answers")]
pub(super) fn say(line: &str) {
    println!("{line}");
}

/// `vestibule token …`
pub(super) async fn token(directory: &Directory, command: TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create(create) => {
            let CreateToken {
                org,
                profile,
                name,
                expires,
                allow,
                quiet,
            } = create;
            let organization = directory.organization(&org).await?.pk;
            let expires = expires.map(|expiry| match expiry {
                Expiry::After(micros) => (AMBIENT.now)() + micros,
                Expiry::At(at) => at,
            });
            let (token, secret) = directory
                .issue_token(NewToken {
                    organization,
                    profile,
                    name,
                    cidrs: allow,
                    expires,
                })
                .await?;
            show_secret(&token, &secret, quiet);
        }
        TokenCommand::Rotate { id, quiet } => {
            let (token, secret) = directory.rotate_token(id).await?;
            show_secret(&token, &secret, quiet);
            if !quiet {
                say(&format!(
                    "Token {id} is still live; end it with `vestibule token revoke {id}` when the provider has the new one."
                ));
            }
        }
        TokenCommand::Revoke { id } => {
            directory.revoke_token(id).await?;
            say(&format!("token {id} is revoked"));
        }
        TokenCommand::List { org, json } => {
            let organization = directory.organization(&org).await?.pk;
            for token in directory.tokens(organization).await? {
                let line = if json {
                    describe(&token, &org).to_string()
                } else {
                    summarize(&token)
                };
                say(&line);
            }
        }
    }
    Ok(())
}

fn show_secret(token: &ScimToken, secret: &TokenSecret, quiet: bool) {
    if quiet {
        say(secret.reveal());
    } else {
        say(&format!(
            "SCIM token  {}\nIt is shown only now. Its id is {}, its profile {}.",
            secret.reveal(),
            token.pk,
            token.profile
        ));
    }
}

fn state(token: &ScimToken) -> &'static str {
    match token.state((AMBIENT.now)(), None) {
        TokenState::Live | TokenState::Elsewhere => "live",
        TokenState::Expired => "expired",
        TokenState::Revoked => "revoked",
    }
}

fn describe(token: &ScimToken, org: &str) -> Value {
    json!({
        "id": token.pk,
        "organization": org,
        "name": token.name,
        "profile": token.profile.as_str(),
        "recognised": token.recognised.map(crate::idp::Idp::as_str),
        "hint": token.hint,
        "state": state(token),
        "allow": token.cidrs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "created": timestamp(token.created),
        "expires": token.expires.map(timestamp),
        "lastUsed": token.last_used.map(timestamp),
        "revoked": token.revoked.map(timestamp),
    })
}

fn summarize(token: &ScimToken) -> String {
    let when = |at: Option<i64>| at.map_or_else(|| "never".to_owned(), timestamp);
    format!(
        "{:>4}  {:<8} {:<9} {}…  {:<20} last used {}  expires {}",
        token.pk,
        state(token),
        token.profile.as_str(),
        token.hint,
        token.name,
        when(token.last_used),
        when(token.expires)
    )
}

/// `vestibule org …`
pub(super) async fn org(directory: &Directory, command: OrgCommand) -> anyhow::Result<()> {
    match command {
        OrgCommand::Create { name } => {
            directory.create_organization(&name).await?;
            say(&format!(
                "organization {name} is made; issue a token for it with `vestibule token create --org {name}`"
            ));
        }
        OrgCommand::List => {
            for organization in directory.organizations().await? {
                say(&organization.slug);
            }
        }
    }
    Ok(())
}

/// `vestibule log`
pub(super) async fn log(directory: &Directory, command: LogCommand) -> anyhow::Result<()> {
    let LogCommand {
        org,
        resource,
        failed,
        limit,
        json,
    } = command;
    let organization = match org {
        Some(org) => Some(directory.organization(&org).await?.pk),
        None => None,
    };
    for entry in directory
        .log_entries(&LogQuery {
            organization,
            resource,
            failed,
            limit: i64::from(limit),
        })
        .await?
    {
        let line = if json {
            entry_as_json(&entry).to_string()
        } else {
            entry_as_text(&entry)
        };
        say(&line);
    }
    Ok(())
}

fn entry_as_json(entry: &LogEntry) -> Value {
    json!({
        "seq": entry.seq,
        "at": timestamp(entry.at),
        "organization": entry.organization,
        "token": entry.token,
        "idp": entry.idp,
        "method": entry.method,
        "path": entry.path,
        "resource": entry.resource.map(|id| id.to_string()),
        "status": entry.status,
        "scimType": entry.scim_type,
        "detail": entry.detail,
        "diff": entry.diff.as_deref().and_then(|diff| serde_json::from_str::<Value>(diff).ok()),
        "requestId": entry.request_id,
        "durationMicros": entry.duration,
    })
}

fn entry_as_text(entry: &LogEntry) -> String {
    let mut text = format!(
        "{}  {} {} {} {}  {} µs  token {:?} ({})  request {}",
        timestamp(entry.at),
        entry.organization,
        entry.status,
        entry.method,
        entry.path,
        entry.duration,
        entry.token,
        entry.idp,
        entry.request_id
    );
    for (name, value) in [
        ("error", &entry.scim_type),
        ("detail", &entry.detail),
        ("changed", &entry.diff),
    ] {
        if let Some(value) = value {
            text.push_str(&format!("\n    {name}: {value}"));
        }
    }
    text
}
