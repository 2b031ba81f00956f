//! HTTP itself (RFC 7230, RFC 7231).

use std::fmt::Write as _;

use super::media::readable;
use crate::check::{Stop, Verdict};
use crate::lab::Lab;
use crate::raw::{Connection, Message};
use crate::sample::Fill;
use crate::wire::Request;

pub(super) fn head_and_options(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let made = lab.sample(kind, Fill::Required)?;
    for method in ["HEAD", "OPTIONS"] {
        for path in [kind.endpoint.as_str(), &made.path, "/ServiceProviderConfig"] {
            // a body where none may be would be read as the next answer
            let request = Request::new(method, path).header("connection", "close");
            lab.send(request)?.survives()?;
        }
    }
    Ok(())
}

pub(super) fn head_has_no_body(lab: &Lab<'_>) -> Verdict {
    let made = lab.sample(lab.kind()?, Fill::Required)?;
    let mut connection = Connection::open(lab.target())?;
    let message = Message::new("HEAD", made.path).last();
    let answer = lab.speak(&mut connection, &message)?;
    let rest = connection.rest();
    if rest.is_empty() {
        return Ok(());
    }
    let rest = String::from_utf8_lossy(&rest).into_owned();
    Err(answer.wrong("no body", crate::answer::brief(&rest)))
}

pub(super) fn slashes(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let (made, endpoint) = (lab.sample(kind, Fill::Required)?, &kind.endpoint);
    for path in [
        format!("{endpoint}/"),
        format!("/{endpoint}"),
        format!("{}/", made.path),
        format!("/{}", made.path),
        made.path.replacen(endpoint, &format!("{endpoint}/"), 1),
    ] {
        let is_one = path.contains(&made.id);
        let answer = lab.get(path)?.survives()?;
        if is_one && answer.status == 200 && answer.body.is_object() {
            answer.has("id", made.id.as_str())?;
        }
    }
    Ok(())
}

pub(super) fn percent_encoded_id(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let made = lab.sample(kind, Fill::Required)?;
    let mut path = format!("{}/", kind.endpoint);
    for byte in made.id.bytes() {
        write!(path, "%{byte:02X}").unwrap_or_default();
    }
    lab.get(path)?.is(200)?.has("id", made.id.as_str())
}

/// Opens a connection to a server of HTTP/1.1, of which a client may want more than of an older.
fn modern(lab: &Lab<'_>) -> Result<Connection, Stop> {
    let mut connection = Connection::open(lab.target())?;
    let message = Message::new("GET", readable(lab)?).last();
    lab.setup("GET", || lab.speak(&mut connection, &message))?;
    if connection.is_old() {
        let why = "the server speaks HTTP/1.0";
        return Err(Stop::NotOffered(why.to_owned()));
    }
    Connection::open(lab.target())
}

pub(super) fn chunks_are_read(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let body = lab.body(kind, Fill::Required).to_string();
    let mut connection = modern(lab)?;
    let message = Message::new("POST", &kind.endpoint)
        .chunks(body.as_bytes())
        .last();
    lab.speak(&mut connection, &message)?.one_of(&[201, 411])?;
    Ok(())
}

pub(super) fn expectation_is_met(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let body = lab.body(kind, Fill::Required).to_string();
    let mut connection = modern(lab)?;
    let message = Message::new("POST", &kind.endpoint)
        .header("expect", "100-continue")
        .body(body)
        .last();
    lab.speak(&mut connection, &message)?.one_of(&[201, 417])?;
    Ok(())
}

pub(super) fn connection_goes_on(lab: &Lab<'_>) -> Verdict {
    let path = readable(lab)?;
    let mut connection = modern(lab)?;
    let first = Message::new("GET", &path);
    let first = lab.setup("GET", || lab.speak(&mut connection, &first)?.is(200))?;
    let closes = first.header("connection");
    if closes.is_some_and(|it| it.eq_ignore_ascii_case("close")) {
        let why = "the server closes each connection, as it may";
        return Err(Stop::NotOffered(why.to_owned()));
    }
    let second = Message::new("GET", path).last();
    lab.speak(&mut connection, &second)?.is(200)?;
    Ok(())
}

pub(super) fn no_chunks_for_old_clients(lab: &Lab<'_>) -> Verdict {
    let mut connection = Connection::open(lab.target())?;
    let message = Message::new("GET", readable(lab)?).old();
    // who does not speak it says so
    let answer = lab
        .speak(&mut connection, &message)?
        .one_of(&[200, 426, 505])?;
    match answer.header("transfer-encoding") {
        Some(coding) => {
            let expected = "no Transfer-Encoding in an answer to HTTP/1.0";
            Err(answer.wrong(expected, coding))
        }
        None => Ok(()),
    }
}

pub(super) fn compressed_body(lab: &Lab<'_>) -> Verdict {
    /// `{}`, compressed.
    const GZIP: [u8; 22] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 171, 174, 5, 0, 67, 191, 166, 163, 2, 0, 0, 0,
    ];
    let request = Request::new("POST", &lab.kind()?.endpoint)
        .bytes(GZIP)
        .header("content-encoding", "gzip");
    lab.send(request)?.survives()?;
    Ok(())
}

pub(super) fn nosniff(lab: &Lab<'_>) -> Verdict {
    let made = lab.sample(lab.kind()?, Fill::Required)?;
    let answer = lab.read(&made)?;
    let given = answer.header("x-content-type-options");
    lab.expect(
        given.is_some_and(|it| it.trim().eq_ignore_ascii_case("nosniff")),
        "X-Content-Type-Options: nosniff",
        given.unwrap_or("no such header"),
    )
}

pub(super) fn not_cached(lab: &Lab<'_>) -> Verdict {
    let made = lab.sample(lab.kind()?, Fill::Required)?;
    let answer = lab.read(&made)?;
    let given = answer.header("cache-control").unwrap_or("no such header");
    let words = given.to_lowercase();
    let mut words = words.split(',').map(str::trim);
    lab.expect(
        words.any(|it| ["no-store", "private", "no-cache"].contains(&it)),
        "Cache-Control: no-store",
        given,
    )
}
