//! Resources that a check makes because its rule says that the server has to take them, or may.

use serde_json::Value;

use super::{Fill, Spot, alike, gap};
use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::lab::{Lab, Made};
use crate::server::ResourceType;
use crate::wire::Request;

/// POSTs the smallest resource of a type.
///
/// # Errors
/// The check is blocked if the server refuses it and something is required that cannot be made up.
pub fn created(lab: &Lab<'_>, kind: &ResourceType) -> Result<Answer, Stop> {
    post(lab, kind, lab.body(kind, Fill::Required).to_string())?.survives()
}

fn post(lab: &Lab<'_>, kind: &ResourceType, body: String) -> Result<Answer, Stop> {
    let request = Request::new("POST", &kind.endpoint).bytes(body);
    let answer = lab.send(request)?;
    let members = lab.needed_member(kind).is_some();
    let gap = gap(kind).filter(|path| !members || !path.starts_with("members"));
    match gap {
        Some(path) if answer.status >= 400 => Err(Stop::Blocked(format!(
            "no {} can be made: {path} is required, and no value of it can be made up",
            kind.name
        ))),
        _ => Ok(answer),
    }
}

/// POSTs a body that the server may refuse; `None` if it does.
///
/// # Errors
/// If the server does neither this nor that.
pub fn taken(lab: &Lab<'_>, kind: &ResourceType, body: &Value) -> Result<Option<Made>, Stop> {
    taken_text(lab, kind, body.to_string())
}

/// The same as [`taken`] for a body that is written by hand.
///
/// # Errors
/// If the server neither takes it nor refuses it.
pub fn taken_text(lab: &Lab<'_>, kind: &ResourceType, body: String) -> Result<Option<Made>, Stop> {
    let answer = post(lab, kind, body)?;
    match answer.status {
        400..500 => Ok(None),
        // nothing is taken so either; that a server must not fail is another check's rule
        500.. => {
            lab.note(format!("such a body is answered with {}", answer.status));
            Ok(None)
        }
        200..300 => made(lab, kind, answer).map(Some),
        _ => Err(answer.wrong("status 201, or a refusal (4xx)", answer.summary())),
    }
}

/// POSTs a body that the server has to take.
///
/// # Errors
/// If it does not. Which status of success it answers with is another check's rule.
pub fn must_take(lab: &Lab<'_>, kind: &ResourceType, body: &Value) -> Result<Made, Stop> {
    let answer = post(lab, kind, body.to_string())?;
    match answer.status {
        200..300 => made(lab, kind, answer),
        _ => Err(answer.wrong("status 201", answer.summary())),
    }
}

/// What an answer to a creation shows, or its Location leads to if it has no body.
fn made(lab: &Lab<'_>, kind: &ResourceType, answer: Answer) -> Result<Made, Stop> {
    // who does not say that it was made must show that it was: names of ours are in each resource
    let is_ours = answer.text.to_lowercase().contains(lab.tag());
    if answer.body.is_object() {
        if answer.status != 201 && !is_ours {
            let why = "what answers the POST is another resource than the one that was sent";
            return Err(Stop::Blocked(why.to_owned()));
        }
        return answer.made(&kind.endpoint);
    }
    let location = answer.header("location").unwrap_or_default();
    let id = location.rsplit('/').next().unwrap_or_default();
    lab.setup("GET of the Location", || {
        lab.get(format!("{}/{id}", kind.endpoint))?
            .is(200)?
            .made(&kind.endpoint)
    })
}

/// Makes a resource with values at these places, and returns it with the body it was made of.
///
/// # Errors
/// The check is blocked if it cannot be made, or does not keep the values.
pub fn made_with(
    lab: &Lab<'_>,
    kind: &ResourceType,
    places: &[Spot<'_>],
) -> Result<(Made, Value), Stop> {
    let mut body = lab.body(kind, Fill::Required);
    for spot in places {
        body = spot.set(body, spot.value(&lab.name())?);
    }
    let made = lab.make(&kind.endpoint, &body)?;
    let answer = lab.read(&made)?;
    for spot in places {
        let sent = spot.find(&body).unwrap_or(&Value::Null);
        if !spot.is_kept(sent, &answer.body) {
            let path = spot.path();
            return Err(Stop::Blocked(format!("the server does not keep {path}")));
        }
    }
    Ok((made, body))
}

/// Expects a resource to have this value at this place.
///
/// # Errors
/// If it has another, or none.
pub fn keeps(lab: &Lab<'_>, made: &Made, spot: &Spot<'_>, sent: &Value) -> Verdict {
    let answer = lab.read(made)?;
    if spot.is_kept(sent, &answer.body) {
        return Ok(());
    }
    let found = spot.find(&answer.body).cloned().unwrap_or_default();
    Err(answer.differs(&spot.path(), sent.clone(), found))
}

impl Spot<'_> {
    /// Whether this place of a resource has the value that was sent, in whatever form.
    pub fn is_kept(&self, sent: &Value, resource: &Value) -> bool {
        let path = self.parent.map_or("", |it| it.name.as_str());
        alike(self.attribute, path, sent, self.find(resource))
    }
}

/// Passes an answer on, unless it says that the server does not do such a thing.
///
/// # Errors
/// That it is 501.
pub fn offered(answer: Answer) -> Result<Answer, Stop> {
    match answer.status {
        501 => Err(Stop::NotOffered(format!(
            "the server answers {}",
            answer.summary()
        ))),
        _ => Ok(answer),
    }
}
