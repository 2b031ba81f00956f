//! Bodies that are no requests.

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::lab::Lab;
use crate::sample::Fill;
use crate::wire::Request;

/// Bodies that are no JSON objects, and what they are.
const MALFORMED: [(&str, &[u8]); 7] = [
    ("half an object", b"{\"schemas\": ["),
    ("an array", b"[]"),
    ("a string", b"\"userName\""),
    ("null", b"null"),
    ("nothing", b""),
    ("an object and more", b"{} {}"),
    ("UTF-16", b"{\x00\"\x00a\x00\"\x00:\x001\x00}\x00"),
];

fn malformed(lab: &Lab<'_>, judge: impl Fn(Answer) -> Result<Answer, Stop>) -> Verdict {
    let path = &lab.kind()?.endpoint;
    for (what, body) in MALFORMED {
        let answer = lab.send(Request::new("POST", path).bytes(body))?;
        judge(answer).map_err(|stop| match stop {
            Stop::Wrong(mut finding) => {
                finding.expected = format!("{} to a body that is {what}", finding.expected);
                Stop::Wrong(finding)
            }
            stop => stop,
        })?;
    }
    Ok(())
}

pub(super) fn malformed_is_refused(lab: &Lab<'_>) -> Verdict {
    malformed(lab, |answer| match answer.status {
        // a failure of the server takes it neither; the next check wants 400
        400.. => Ok(answer),
        _ => Err(answer.wrong("a refusal", answer.summary())),
    })
}

pub(super) fn malformed_is_400(lab: &Lab<'_>) -> Verdict {
    malformed(lab, |answer| answer.is(400))
}

pub(super) fn other_media_type_is_415(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    for media in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
    ] {
        let request = Request::new("POST", &kind.endpoint)
            .json(&lab.body(kind, Fill::Required))
            .header("content-type", media);
        lab.send(request)?.one_of(&[415, 400])?;
    }
    Ok(())
}

pub(super) fn over_the_limit(lab: &Lab<'_>) -> Verdict {
    const SIZE: usize = 4 * 1024 * 1024;
    let kind = lab.kind()?;
    let made = lab.sample(kind, Fill::Required)?;
    let mut body = lab.body(kind, Fill::Required);
    if let Some(body) = body.as_object_mut() {
        body.insert("externalId".to_owned(), "a".repeat(SIZE).into());
    }
    let request = Request::new("POST", &kind.endpoint).json(&body);
    match lab.send_or_closed(request)? {
        Some(answer) if answer.status >= 300 => {
            let answer = answer.rejected()?;
            if answer.status != 413 {
                lab.note(format!("{} rather than 413", answer.status));
            }
        }
        Some(_) => lab.note("4 MiB are taken"),
        None => lab.note("the connection was closed while the body came"),
    }
    lab.read(&made)?;
    Ok(())
}
