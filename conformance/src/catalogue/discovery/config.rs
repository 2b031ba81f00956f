//! `ServiceProviderConfig` (RFC 7643 §5).

use serde_json::Value;

use super::{ENDPOINTS, faultless};
use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::{at, list, text};
use crate::lab::Lab;
use crate::wire::Request;

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// The values of `authenticationSchemes.type` that RFC 7643 §5 defines.
const SCHEMES: [&str; 5] = [
    "oauth",
    "oauth2",
    "oauthbearertoken",
    "httpbasic",
    "httpdigest",
];

pub(super) fn is_answered(lab: &Lab<'_>) -> Verdict {
    let answer = lab.get("/ServiceProviderConfig")?.is(200)?;
    let named = list(&answer.body, "schemas").contains(&Value::from(CONFIG));
    lab.expect(
        named,
        &format!("an object with schemas [\"{CONFIG}\"]"),
        answer.summary(),
    )
}

pub(super) fn is_scim_json(lab: &Lab<'_>) -> Verdict {
    for path in ENDPOINTS {
        let answer = lab.setup(path, || lab.get(path)?.is(200))?;
        let given = answer.header("content-type").unwrap_or("no Content-Type");
        let media = given.split(';').next().unwrap_or_default().trim();
        lab.expect(
            media.eq_ignore_ascii_case("application/scim+json"),
            "Content-Type: application/scim+json",
            given,
        )?;
    }
    Ok(())
}

/// The configuration, which other checks judge if it is missing.
fn config(lab: &Lab<'_>) -> Result<Answer, Stop> {
    let path = "/ServiceProviderConfig";
    lab.setup(path, || lab.get(path)?.is(200))
}

pub(super) fn features_are_booleans(lab: &Lab<'_>) -> Verdict {
    let config = config(lab)?;
    let features = ["patch", "bulk", "filter", "changePassword", "sort", "etag"];
    let paths = features.map(|it| format!("{it}.supported"));
    typed(lab, &config, &paths, "booleans", Value::is_boolean)
}

pub(super) fn limits_are_integers(lab: &Lab<'_>) -> Verdict {
    let config = config(lab)?;
    let limits = [
        "bulk.maxOperations",
        "bulk.maxPayloadSize",
        "filter.maxResults",
    ];
    let paths = limits.map(str::to_owned);
    typed(lab, &config, &paths, "integers", |it| {
        it.is_i64() || it.is_u64()
    })
}

fn typed(
    lab: &Lab<'_>,
    config: &Answer,
    paths: &[String],
    kind: &str,
    fits: fn(&Value) -> bool,
) -> Verdict {
    let faults: Vec<String> = paths
        .iter()
        .filter(|path| !config.at(path).is_some_and(fits))
        .map(|path| match config.at(path) {
            Some(value) => format!("{path}: {value}"),
            None => format!("no {path}"),
        })
        .collect();
    faultless(lab, &format!("{} as {kind}", paths.join(", ")), &faults)
}

pub(super) fn schemes_are_described(lab: &Lab<'_>) -> Verdict {
    let config = config(lab)?;
    let schemes = list(&config.body, "authenticationSchemes");
    lab.expect(
        !schemes.is_empty(),
        "at least one of authenticationSchemes, which is REQUIRED",
        "none",
    )?;
    let mut faults = Vec::new();
    for (n, scheme) in schemes.iter().enumerate() {
        let lacks = ["type", "name", "description"].into_iter();
        let lacks = lacks.filter(|it| text(scheme, it).is_empty());
        faults.extend(lacks.map(|it| format!("authenticationSchemes[{n}] has no {it}")));
    }
    faultless(lab, "each with a type, a name and a description", &faults)
}

pub(super) fn scheme_is_defined(lab: &Lab<'_>) -> Verdict {
    let config = config(lab)?;
    let types = list(&config.body, "authenticationSchemes").iter();
    let types = types.map(|it| text(it, "type")).filter(|it| !it.is_empty());
    let others: Vec<String> = types
        .filter(|it| !SCHEMES.contains(it))
        .map(str::to_owned)
        .collect();
    faultless(lab, &format!("one of {}", SCHEMES.join(", ")), &others)
}

pub(super) fn schemes_are_public(lab: &Lab<'_>) -> Verdict {
    let request = Request::new("GET", "/ServiceProviderConfig")
        .without_token()
        .header("authorization", "");
    let answer = lab.send(request)?;
    let told = at(&answer.body, "authenticationSchemes").is_some();
    lab.expect(
        answer.status == 200 && told,
        "authenticationSchemes, without a token",
        answer.summary(),
    )
}
