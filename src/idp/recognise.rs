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
/// Okta and Google name themselves; Entra has its own query parameter. OneLogin's queries end in
/// `&` and its URLs in `?`. Otherwise the body may show it.
#[must_use]
pub fn recognise(signals: Signals<'_>) -> Option<Sign> {
    let lasting = |idp| Some(Sign { idp, lasting: true });
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
    if let Some(sign) = signals.body.and_then(shown_by_body) {
        return Some(sign);
    }
    if signals
        .query
        .is_some_and(|query| query.is_empty() || query.ends_with('&'))
    {
        return Some(Sign {
            idp: Idp::OneLogin,
            lasting: false,
        });
    }
    None
}

/// Returns the provider that a body shows.
///
/// Entra has its own schema URN, names `meta.resourceType` in creations, and capitalises
/// operations. Google names the core schemas of SCIM 1.0 and 2.0 together, OneLogin's template
/// has URNs of its own. Auth0's external ids begin with the connection and a bar. Keycloak's
/// extensions refer to members by relative addresses, and write booleans as lower-case text.
fn shown_by_body(body: &Value) -> Option<Sign> {
    let lasting = |idp| Some(Sign { idp, lasting: true });
    let passing = |idp| {
        Some(Sign {
            idp,
            lasting: false,
        })
    };
    let list = |name: &str| {
        body.get(name)
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice)
    };
    let urns: Vec<&str> = list("schemas").iter().filter_map(Value::as_str).collect();
    if urns
        .iter()
        .any(|urn| urn.starts_with("http://schemas.microsoft.com/"))
    {
        return lasting(Idp::Entra);
    }
    if urns.contains(&"urn:scim:schemas:core:1.0") && urns.len() > 1 {
        return lasting(Idp::Google);
    }
    if urns.contains(&"urn:scim:schemas:core:2.0") {
        return lasting(Idp::OneLogin);
    }
    let operations = list("Operations");
    let value = operations
        .first()
        .and_then(|operation| operation.get("value"));
    if is_of_auth0(body) || value.is_some_and(is_of_auth0) {
        return lasting(Idp::Auth0);
    }
    let op = |operation: &Value| {
        operation
            .get("op")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    if operations
        .iter()
        .any(|operation| matches!(op(operation).as_deref(), Some("Add" | "Replace" | "Remove")))
    {
        return passing(Idp::Entra);
    }
    let has_type = body
        .get("meta")
        .is_some_and(|meta| meta.get("resourceType").is_some());
    if has_type && body.get("externalId").is_some() && body.get("id").is_none() {
        return passing(Idp::Entra);
    }
    let is_relative = |member: &Value| {
        let address = member.get("$ref").and_then(Value::as_str);
        address
            .is_some_and(|address| address.starts_with("Users/") || address.starts_with("Groups/"))
    };
    if list("members").iter().any(is_relative) {
        return lasting(Idp::Keycloak);
    }
    let is_lower_case_text = |operation: &Value| {
        let is_active = operation.get("path").and_then(Value::as_str) == Some("active");
        is_active
            && matches!(
                operation.get("value").and_then(Value::as_str),
                Some("true" | "false")
            )
    };
    if operations.iter().any(is_lower_case_text) {
        return passing(Idp::Keycloak);
    }
    None
}

/// `auth0|66…`, `waad|…`: the connection, a bar, and the connection's id.
fn is_of_auth0(user: &Value) -> bool {
    let external = user
        .get("externalId")
        .and_then(Value::as_str)
        .unwrap_or_default();
    external.split_once('|').is_some_and(|(connection, id)| {
        !connection.is_empty()
            && !id.is_empty()
            && connection
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-')
    })
}
