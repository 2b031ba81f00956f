//! `vestibule serve`.

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;

use super::{authenticator, commands::say, http_state, open, patience};
use crate::config::Settings;
use crate::http::{self, SCIM_PATH, Tls};
use crate::jobs;
use crate::model::TokenSecret;

/// Serves until SIGTERM or SIGINT, then lets running requests finish.
pub(super) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    // before the first token is made: who cannot start does not show it
    let tls = match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::open(certificate, key)?),
        (None, None) => None,
        (Some(certificate), None) => {
            bail!("--tls-cert {} needs --tls-key", certificate.display())
        }
        (None, Some(key)) => bail!("--tls-key {} needs --tls-cert", key.display()),
    };
    let directory = open(settings).await?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    let address = listener.local_addr()?;
    let first_token = directory.first_token().await?;
    let authenticator = authenticator(&directory, settings);
    let state = http_state(directory.clone(), authenticator.clone(), settings);
    let jobs = tokio::spawn(jobs::run(
        directory.clone(),
        authenticator.clone(),
        settings.log_retention.0,
    ));

    let base = settings.public_url.clone().unwrap_or_else(|| {
        let scheme = if tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}")
    });
    greet(
        &format!("{}{SCIM_PATH}", base.trim_end_matches('/')),
        first_token.as_ref(),
    );
    tracing::info!(%address, "listening");
    let router = http::router(state);
    http::serve(listener, router, tls, patience(settings), stop()).await;
    jobs.abort();
    if let Err(error) = jobs::note_uses(&directory, &authenticator).await {
        tracing::warn!("the last uses of tokens could not be noted: {error}");
    }
    tracing::info!("stopped");
    Ok(())
}

fn greet(tenant_url: &str, first_token: Option<&TokenSecret>) {
    let Some(secret) = first_token else {
        say(&format!("Tenant URL  {tenant_url}"));
        return;
    };
    let secret = secret.reveal();
    say(&format!(
        r#"Vestibule is new here. Paste these two into your identity provider; the token is shown only now.

SCIM token  {secret}
Tenant URL  {tenant_url}

Or try it at once:

curl -X POST {tenant_url}/Users \
  -H 'Authorization: Bearer {secret}' \
  -H 'Content-Type: application/scim+json' \
  -d '{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen@example.com"}}'
"#
    ));
}

/// Waits for the signal to stop.
async fn stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
