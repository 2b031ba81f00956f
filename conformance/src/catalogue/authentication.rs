//! Authentication (RFC 7644 §2; RFC 7235; RFC 6750).

use serde_json::json;

use crate::answer::{Answer, ERROR};
use crate::check::Feature::User;
use crate::check::{Check, Stop, Verdict, must, robust, should};
use crate::json::{at, list};
use crate::lab::{Lab, patch, query};
use crate::sample::Fill;
use crate::wire::Request;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    (
        "B8",
        "needs a token that is revoked or expires during the run, and the suite has one only",
    ),
    (
        "B9",
        "needs the token of a second tenant, and the suite has one only",
    ),
    (
        "B10",
        "needs a second token that may only read, and the suite has one only",
    ),
];

pub(super) const CHECKS: &[Check] = &[
    must(
        "B1",
        "rfc7644-2/nothing-without-credentials",
        "A request without credentials reads no resources.",
        nothing_without_credentials,
    ),
    should(
        "B1",
        "rfc7644-3.12/no-credentials-is-401",
        "A request without credentials is answered with 401.",
        no_credentials_is_401,
    ),
    must(
        "B2",
        "rfc7644-2/nothing-with-a-wrong-token",
        "A request with a wrong token reads no resources.",
        nothing_with_a_wrong_token,
    ),
    should(
        "B2",
        "rfc7644-3.12/wrong-token-is-401",
        "A request with a wrong token is answered with 401.",
        wrong_token_is_401,
    ),
    must(
        "B2",
        "rfc7644-3.12/refused-token-has-a-scim-error",
        "The refusal of a wrong token has a SCIM error in its body.",
        refused_token_has_a_scim_error,
    ),
    must(
        "B3",
        "rfc7644-2/401-names-the-scheme",
        "A 401 names the schemes that are supported in WWW-Authenticate.",
        unauthorized_names_the_scheme,
    ),
    must(
        "B4",
        "rfc7235-2.1/scheme-in-any-case",
        "The name of the authentication scheme is read in any case.",
        scheme_in_any_case,
    ),
    robust(
        "B5",
        "robust/token-under-another-scheme",
        "The token under the name of another scheme is refused.",
        token_under_another_scheme,
    ),
    robust(
        "B6",
        "robust/malformed-tokens",
        "An empty token, one with blanks and a very long one are refused, without a failure.",
        malformed_tokens,
    ),
    must(
        "B7",
        "rfc7644-2/every-endpoint-wants-the-token",
        "No endpoint of resources reads anything without the token, whatever its path.",
        every_endpoint_wants_the_token,
    ),
    must(
        "B7",
        "rfc7644-2/no-change-without-the-token",
        "Nothing is made, changed or deleted without the token.",
        no_change_without_the_token,
    )
    .needs(&[User]),
    robust(
        "B11",
        "robust/no-redirect-to-another-host",
        "A request with a token is not sent on to another host, nor from https to http.",
        no_redirect_to_another_host,
    ),
];

/// The token of the run; without one there is nothing to take away or to change.
fn token<'a>(lab: &Lab<'a>) -> Result<&'a str, Stop> {
    let token = lab.target().token.as_deref();
    token.ok_or_else(|| Stop::NotOffered("the run has no bearer token".to_owned()))
}

/// A list of resources, which is not for everybody.
fn door(lab: &Lab<'_>) -> Result<String, Stop> {
    Ok(query(&lab.kind()?.endpoint, &[("count", "1")]))
}

/// Sends a request with this in its Authorization header, or with none.
fn knock(lab: &Lab<'_>, request: Request, authorization: &str) -> Result<Answer, Stop> {
    token(lab)?;
    lab.send(with_authorization(request, authorization))
}

fn with_authorization(request: Request, authorization: &str) -> Request {
    request
        .without_token()
        .header("authorization", authorization)
}

/// Asks for a list without credentials.
fn anonymous(lab: &Lab<'_>) -> Result<Answer, Stop> {
    knock(lab, Request::new("GET", door(lab)?), "")
}

/// Asks for a list with a token that nobody has given out.
fn stranger(lab: &Lab<'_>) -> Result<Answer, Stop> {
    let wrong = format!("Bearer {}", lab.name());
    knock(lab, Request::new("GET", door(lab)?), &wrong)
}

/// Expects that nothing is shown; how it is refused is judged elsewhere.
fn closed(answer: &Answer) -> Verdict {
    // a page for people, like one to log in, shows no resources
    let shown = answer.body.is_object() || answer.body.is_array();
    if (200..300).contains(&answer.status) && shown {
        return Err(answer.wrong("a refusal (401)", answer.summary()));
    }
    Ok(())
}

/// Expects a refusal: neither a success nor a failure of the server.
fn refused(answer: &Answer) -> Verdict {
    match answer.status {
        300..=499 | 501 => Ok(()),
        _ => Err(answer.wrong("a refusal (401)", answer.summary())),
    }
}

fn nothing_without_credentials(lab: &Lab<'_>) -> Verdict {
    closed(&anonymous(lab)?)
}

fn no_credentials_is_401(lab: &Lab<'_>) -> Verdict {
    anonymous(lab)?.is(401)?;
    Ok(())
}

fn nothing_with_a_wrong_token(lab: &Lab<'_>) -> Verdict {
    closed(&stranger(lab)?)
}

fn wrong_token_is_401(lab: &Lab<'_>) -> Verdict {
    stranger(lab)?.is(401)?;
    Ok(())
}

fn refused_token_has_a_scim_error(lab: &Lab<'_>) -> Verdict {
    let answer = lab.setup("a wrong token", || stranger(lab)?.rejected())?;
    let named = list(&answer.body, "schemas").contains(&ERROR.into());
    let expected = format!("an object with schemas [\"{ERROR}\"]");
    lab.expect(named, &expected, answer.summary())?;
    answer.has("status", answer.status.to_string())
}

fn unauthorized_names_the_scheme(lab: &Lab<'_>) -> Verdict {
    for answer in [anonymous(lab)?, stranger(lab)?] {
        let answer = lab.setup("a refusal", || answer.is(401))?;
        let challenges = answer.headers.iter();
        let challenges = challenges.filter(|(name, _)| name == "www-authenticate");
        let challenges: Vec<&str> = challenges.map(|(_, value)| value.as_str()).collect();
        let challenges = challenges.join(", ");
        lab.expect(
            challenges.to_lowercase().contains("bearer"),
            "a WWW-Authenticate header that names Bearer, the scheme of this run's token",
            match challenges.as_str() {
                "" => "no such header",
                challenges => challenges,
            },
        )?;
    }
    Ok(())
}

fn scheme_in_any_case(lab: &Lab<'_>) -> Verdict {
    let token = token(lab)?;
    let path = lab.sample(lab.kind()?, Fill::Required)?.path;
    lab.setup(&path, || lab.get(&path)?.is(200))?;
    for scheme in ["bearer", "BEARER"] {
        let request = Request::new("GET", &path);
        knock(lab, request, &format!("{scheme} {token}"))?.is(200)?;
    }
    Ok(())
}

fn token_under_another_scheme(lab: &Lab<'_>) -> Verdict {
    let (token, path) = (token(lab)?, door(lab)?);
    for scheme in ["Basic", "Digest", "Negotiate"] {
        let request = Request::new("GET", &path);
        refused(&knock(lab, request, &format!("{scheme} {token}"))?)?;
    }
    Ok(())
}

fn malformed_tokens(lab: &Lab<'_>) -> Verdict {
    const LONG: usize = 20_000;
    token(lab)?;
    let path = lab.sample(lab.kind()?, Fill::Required)?.path;
    let long = format!("Bearer {}", "a".repeat(LONG));
    for authorization in [
        "Bearer",
        "Bearer a b c",
        "Bearer , ;=\"",
        "bearer\tx",
        &long,
    ] {
        let request = with_authorization(Request::new("GET", &path), authorization);
        // a header that is too long may also end the connection
        if let Some(answer) = lab.send_or_closed(request)? {
            refused(&answer)?;
        }
    }
    lab.get(&path)?.is(200)?;
    Ok(())
}

fn every_endpoint_wants_the_token(lab: &Lab<'_>) -> Verdict {
    let made = lab.sample(lab.kind()?, Fill::Required)?;
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "count": 1,
    });
    let mut requests = vec![
        Request::new("GET", &made.path),
        Request::new("GET", "/Me"),
        Request::new("POST", "/.search").json(&search),
        Request::new("POST", "/Bulk").json(&json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{ "method": "DELETE", "path": made.path }],
        })),
    ];
    for kind in &lab.server.types {
        let path = &kind.endpoint;
        requests.push(Request::new("GET", path));
        requests.push(Request::new("GET", format!("{path}/")));
        requests.push(Request::new("POST", format!("{path}/.search")).json(&search));
    }
    for request in requests {
        closed(&knock(lab, request, "")?)?;
    }
    lab.read(&made)?;
    Ok(())
}

fn no_change_without_the_token(lab: &Lab<'_>) -> Verdict {
    let made = lab.user()?;
    let before = lab.setup("GET", || lab.read(&made))?.body;
    let name = lab.kind()?.plain_texts().next();
    let name = name.map_or("userName", |it| &it.name);
    let mut changed = before.clone();
    if let Some(body) = changed.as_object_mut() {
        body.insert(name.to_owned(), lab.name().into());
    }
    let operation = patch(json!([{ "op": "replace", "path": name, "value": lab.name() }]));
    for request in [
        Request::new("POST", lab.users()).json(&lab.user_body()),
        Request::new("PUT", &made.path).json(&changed),
        Request::new("PATCH", &made.path).json(&operation),
        Request::new("DELETE", &made.path),
    ] {
        let answer = knock(lab, request, "")?;
        closed(&answer)?;
        if answer.status == 204 {
            return Err(answer.wrong("a refusal (401)", answer.summary()));
        }
    }
    let after = lab.read(&made)?;
    after.has(name, at(&before, name).cloned().unwrap_or_default())
}

fn no_redirect_to_another_host(lab: &Lab<'_>) -> Verdict {
    token(lab)?;
    let kind = lab.kind()?;
    let (made, endpoint) = (lab.sample(kind, Fill::Required)?, &kind.endpoint);
    let base = lab.target().base_url.as_str();
    for path in [
        "/".to_owned(),
        "/Me".to_owned(),
        endpoint.clone(),
        format!("{endpoint}/"),
        format!("/{endpoint}"),
        made.path.clone(),
        format!("{}/", made.path),
    ] {
        let answer = lab.get(path)?;
        let target = answer.header("location").unwrap_or_default();
        if (300..400).contains(&answer.status) && leads_away(base, target) {
            let expected = format!("no redirect away from {base}");
            let actual = format!("status {} to {target}", answer.status);
            return Err(answer.wrong(expected, actual));
        }
    }
    Ok(())
}

/// Whether a location is one of another host, or one without TLS where there was some; one
/// without a host is one of the same.
fn leads_away(base: &str, target: &str) -> bool {
    let parts = |url: &str| {
        let (scheme, rest) = url.split_once("//")?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        Some((scheme.to_lowercase(), name.to_lowercase()))
    };
    let begins = ["http://", "https://", "//"];
    let has_host = begins
        .iter()
        .any(|it| target.to_lowercase().starts_with(it));
    match (parts(base), parts(target).filter(|_| has_host)) {
        (Some((ours, here)), Some((theirs, there))) => {
            here != there || (ours == "https:" && theirs == "http:")
        }
        _ => false,
    }
}
