//! Tells providers apart by what they send.

use serde_json::Value;

use super::profiles::Idp;

/// What a request shows of its sender.
#[derive(Clone, Copy, Debug)]
pub struct Signals<'a> {
    /// The `User-Agent` header, or nothing.
    pub user_agent: &'a str,
    /// The query string as it was sent.
    pub query: Option<&'a str>,
    /// The body.
    pub body: Option<&'a Value>,
}

/// A provider that shows in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Which.
    pub idp: Idp,
    /// True if nobody else sends this, so that the token's other requests are its as well.
    pub lasting: bool,
}

/// Returns the provider that a request comes from, if it shows.
///
/// Okta and Google name themselves. Entra has its own schema URN, its own query parameter and
/// capitalised operations. OneLogin's queries end in `&` and its URLs in `?`. Auth0's external
/// ids begin with the connection and a bar.
#[must_use]
pub fn recognise(signals: Signals<'_>) -> Option<Sign> {
    let lasting = |idp| Some(Sign { idp, lasting: true });
    let passing = |idp| {
        Some(Sign {
            idp,
            lasting: false,
        })
    };
    let agent = signals.user_agent.to_ascii_lowercase();
    let named = [
        ("okta", Idp::Okta),
        ("google-auto-provisioning", Idp::Google),
        ("onelogin", Idp::OneLogin),
        ("keycloak", Idp::Keycloak),
        ("auth0", Idp::Auth0),
    ];
    if let Some((_, idp)) = named.into_iter().find(|(name, _)| agent.contains(name)) {
        return lasting(idp);
    }
    if signals
        .query
        .is_some_and(|query| query.contains("aadOptscim062020"))
    {
        return lasting(Idp::Entra);
    }
    if let Some(body) = signals.body {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let urns = body
            .get("schemas")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if urns.iter().any(|urn| {
            urn.as_str()
                .is_some_and(|urn| urn.starts_with("http://schemas.microsoft.com/"))
        }) {
            return lasting(Idp::Entra);
        }
        let operations = body
            .get("Operations")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if operations.iter().any(|operation| {
            matches!(
                operation.get("op").and_then(Value::as_str),
                Some("Add" | "Replace" | "Remove")
            )
        }) {
            return passing(Idp::Entra);
        }
        let external = text("externalId");
        if ["auth0|", "waad|", "google-oauth2|", "samlp|"]
            .iter()
            .any(|prefix| external.starts_with(prefix))
        {
            return lasting(Idp::Auth0);
        }
    }
    if signals
        .query
        .is_some_and(|query| query.is_empty() || query.ends_with('&'))
    {
        return passing(Idp::OneLogin);
    }
    None
}
