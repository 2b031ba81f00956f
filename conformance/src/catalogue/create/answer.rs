//! What comes back when something is created.

use serde_json::{Value, json};

use crate::check::{Stop, Verdict};
use crate::json::list;
use crate::lab::{Lab, query, with};
use crate::sample::{self, Fill, alike, created, instant, must_take, spots, two_texts, user_type};
use crate::server::ResourceType;

pub(super) fn create_answers_201(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    created(lab, kind)?.is(201)?;
    Ok(())
}

pub(super) fn create_answers_resource(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let answer = lab.setup("POST", || created(lab, kind)?.is(201))?;
    answer.value("id")?;
    let schemas = list(&answer.body, "schemas");
    let named = schemas.contains(&Value::from(kind.schema.id.as_str()));
    lab.expect(
        named,
        "the resource, its core schema among its schemas",
        answer.summary(),
    )
}

pub(super) fn location_leads_to_it(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let answer = lab.setup("POST", || created(lab, kind)?.one_of(&[200, 201]))?;
    let Some(location) = answer.header("location") else {
        return Err(answer.wrong("a Location header", "none"));
    };
    lab.expect(
        location.contains("://"),
        "an absolute URI in Location",
        location,
    )?;
    if answer.body.is_object() {
        answer.has("meta.location", location)?;
        lab.get(location)?
            .is(200)?
            .has("id", answer.text_at("id"))?;
    } else {
        lab.get(location)?.is(200)?.has("meta.location", location)?;
    }
    Ok(())
}

pub(super) fn id_is_the_servers(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    lab.expect(
        !made.id.to_lowercase().contains("bulkid"),
        "an id without the reserved word bulkId",
        &made.id,
    )?;
    lab.read(&made)?.has("id", made.id.as_str())?;
    let other = lab.sample(kind, Fill::Required)?;
    lab.expect(
        other.id != made.id,
        "another id for another resource",
        &other.id,
    )
}

pub(super) fn id_is_never_used_again(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let body = lab.body(kind, Fill::Required);
    let first = lab.make(&kind.endpoint, &body)?;
    lab.setup("DELETE", || lab.delete(&first.path)?.is(204))?;
    let second = lab.make(&kind.endpoint, &body)?;
    lab.expect(
        second.id != first.id,
        "a new id for a new resource",
        format!("the id of the deleted one, {}", first.id),
    )
}

pub(super) fn meta_is_complete(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    let answer = lab.read(&made)?;
    answer.has("meta.resourceType", kind.name.as_str())?;
    answer.value("meta.location")?;
    for name in ["meta.created", "meta.lastModified"] {
        let text = answer.text_at(name);
        lab.expect(
            instant(text).is_some(),
            &format!("{name}, a dateTime"),
            format!("`{text}`"),
        )?;
    }
    Ok(())
}

pub(super) fn new_is_unmodified(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    let (created, modified) = (made.text("meta.created"), made.text("meta.lastModified"));
    if created.is_empty() || modified.is_empty() {
        return Err(Stop::Blocked(
            "the answer has no meta.created or no meta.lastModified".to_owned(),
        ));
    }
    lab.expect(
        instant(created) == instant(modified),
        &format!("lastModified the same as created, {created}"),
        modified,
    )
}

pub(super) fn meta_of_clients_is_ignored(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let forged = json!({
        "resourceType": "Forged",
        "created": "1999-01-02T03:04:05Z",
        "lastModified": "1999-01-02T03:04:05Z",
        "location": "https://example.com/forged",
        "version": "W/\"forged\"",
    });
    let body = with(lab.body(kind, Fill::Required), json!({ "meta": forged }));
    let made = must_take(lab, kind, &body)?;
    let answer = lab.read(&made)?;
    for name in [
        "resourceType",
        "created",
        "lastModified",
        "location",
        "version",
    ] {
        let path = format!("meta.{name}");
        let taken = answer
            .at(&path)
            .is_some_and(|it| Some(it) == forged.get(name));
        lab.expect(
            !taken,
            &format!("{path} as the server sees it"),
            format!("{path} as the client sent it, {}", answer.text_at(&path)),
        )?;
    }
    Ok(())
}

pub(super) fn created_has_etag(lab: &Lab<'_>) -> Verdict {
    let answer = lab.setup("POST", || created(lab, user_type(lab)?)?.is(201))?;
    let Some(etag) = answer.header("etag") else {
        return Err(answer.wrong("an ETag header", "none"));
    };
    let Some(version) = answer.at("meta.version") else {
        lab.note("the ETag is not in meta.version too, as it should be");
        return Ok(());
    };
    lab.expect(
        version == etag,
        &format!("meta.version the same as the ETag, {etag}"),
        version.to_string(),
    )
}

pub(super) fn read_only_is_ignored(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let tag = lab.name();
    let mut body = with(lab.body(kind, Fill::Required), json!({ "id": tag }));
    let mut forged = Vec::new();
    for spot in spots(kind) {
        if spot.parent.is_none()
            && !spot.attribute.is_writable()
            && let Ok(value) = spot.forged(&tag)
        {
            body = spot.set(body, value.clone());
            forged.push((spot, value));
        }
    }
    let made = must_take(lab, kind, &body)?;
    lab.expect(
        made.id != tag,
        "an id of the server's own",
        "the id that the client sent",
    )?;
    let answer = lab.read(&made)?;
    for (spot, value) in forged {
        let found = spot.find(&answer.body);
        let taken = found.is_some() && alike(&sample::unlocked(spot.attribute), "", &value, found);
        lab.expect(
            !taken,
            &format!("{} as the server sees it", spot.path()),
            format!("{} as the client sent it, {value}", spot.path()),
        )?;
    }
    Ok(())
}

pub(super) fn create_answers_what_is_asked(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (x, y) = two_texts(kind)?;
    let body = || -> Result<Value, Stop> {
        let body = x.set(lab.body(kind, Fill::Required), x.value(&lab.name())?);
        Ok(y.set(body, y.value(&lab.name())?))
    };
    for (parameter, asked) in [("attributes", true), ("excludedAttributes", false)] {
        let url = query(&kind.endpoint, &[(parameter, &x.path())]);
        let answer = lab.setup("POST", || lab.post(url, &body()?)?.is(201))?;
        if answer.text.is_empty() {
            return Err(Stop::NotOffered(
                "creations are answered without a body".to_owned(),
            ));
        }
        answer.value("id")?;
        for (spot, wanted) in [(x, asked), (y, !asked)] {
            lab.expect(
                spot.find(&answer.body).is_some() == wanted,
                &format!(
                    "{} {} the answer",
                    spot.path(),
                    if wanted { "in" } else { "not in" }
                ),
                answer.text.as_str(),
            )?;
        }
    }
    Ok(())
}
