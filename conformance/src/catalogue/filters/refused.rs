//! What a server must not take, and what it must not tell.

use serde_json::json;

use super::rows::refuses;
use crate::check::{Stop, Verdict};
use crate::json::text;
use crate::lab::{Lab, Made, SEARCH_REQUEST};

const UNKNOWN_OPERATORS: &[&str] = &[
    r#"userName xx "a""#,
    r#"userName like "a""#,
    r#"userName equals "a""#,
    r#"userName == "a""#,
    r#"userName = "a""#,
    r#"userName eq "a" xor userName eq "b""#,
];

/// Not among them: words without quotes and in single ones, which stand in examples of the RFC
/// (§3.4.2.1, §3.7.1) although its grammar has neither.
pub(super) const MALFORMED: &[&str] = &[
    r#"userName eq "a"#,
    r#"(userName eq "a""#,
    r#"userName eq "a")"#,
    r#"not (userName eq "a""#,
    r#"emails[type eq "work""#,
    r#"emails type eq "work"]"#,
    r#"emails[type eq "work")"#,
    "emails[]",
    "()",
    "userName eq",
    "userName",
    r#"eq "a""#,
    r#""a" eq userName"#,
    r#"userName "a""#,
    r#"userName eq "a" userName eq "b""#,
    r#"userName eq "a" "b""#,
    r#"userName eq "a" and"#,
    r#"or userName eq "a""#,
    r#"userName eq "a" and or userName eq "b""#,
    r#"userName eq "a" && userName eq "b""#,
    r#"userName pr "a""#,
    r#"userName eq ["a"]"#,
    r#"userName eq "a\x""#,
    r#"user Name eq "a""#,
];

pub(super) fn unknown_operators(lab: &Lab<'_>) -> Verdict {
    refuses(lab, UNKNOWN_OPERATORS, "userName")
}

pub(super) fn malformed(lab: &Lab<'_>) -> Verdict {
    refuses(lab, MALFORMED, "userName")
}

pub(super) fn unknown_attribute(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    for filter in [
        r#"scimconfUnknown eq "x""#,
        r#"scimconfUnknown co "a""#,
        "scimconfUnknown pr",
    ] {
        let found = people.find(lab, filter)?;
        if found.answer.status != 200 {
            found
                .answer
                .refused_as(&[(400, "invalidFilter"), (400, "invalidPath"), (400, "")])?;
            lab.note("an attribute that the type does not have is refused in a filter");
        } else if found.names.is_empty() {
            lab.note("an attribute that the type does not have is taken as one without a value");
        } else {
            let expected =
                format!("`{filter}` to find nobody, or to be refused with invalidFilter");
            let actual = format!("it finds {}", found.names.join(", "));
            return Err(found.answer.wrong(expected, actual));
        }
    }
    Ok(())
}

/// At the root, `userName` is asked of groups too, which have none.
pub(super) fn unknown_attribute_at_root(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let ask = |filter: &str| {
        let filter = people.fill(filter).unwrap_or_default();
        lab.list("/", &[("filter", &filter)])
    };
    let offered = ask(r#"id eq "{ada}""#)?;
    if offered.status != 200 || offered.resources().len() != 1 {
        return Err(Stop::NotOffered(format!(
            "the root cannot be queried: {}",
            offered.summary()
        )));
    }
    lab.group(&[])?;
    let answer = ask(r#"userName eq "{tag}-ada""#)?.is(200)?;
    let found = answer.resources().len();
    lab.expect(
        found == 1,
        "the one user of this userName, and no resource that has no userName",
        format!("{found} resources"),
    )
}

/// Whoever finds users by a part of their password can guess it letter by letter.
pub(super) fn password_is_not_told(lab: &Lab<'_>) -> Verdict {
    let has = lab
        .server
        .user()
        .is_some_and(|it| it.schema.attribute("password").is_some());
    if !has {
        return Err(Stop::NotOffered(
            "the server's User has no password".to_owned(),
        ));
    }
    let secret = "Cy9-harbour-Quilt-47";
    let user = lab.user_with(json!({ "password": secret }))?;
    for (right, wrong) in [
        (r#"password sw "Cy9-h""#, r#"password sw "Cy9-x""#),
        (r#"password co "Quilt""#, r#"password co "Qwert""#),
        (r#"password gt "A""#, r#"password gt "z""#),
    ] {
        let finds = |comparison: &str| has_found(lab, &user, comparison);
        if finds(right)? && !finds(wrong)? {
            return Err(lab.wrong(
                "no filter to tell anything of a password",
                format!("`{right}` finds the user and `{wrong}` does not: a password can be guessed letter by letter"),
            ));
        }
    }
    if has_found(lab, &user, &format!(r#"password eq "{secret}""#))? {
        lab.note("`password eq` finds the user who has this password");
    }
    let answer = lab.list(
        lab.users(),
        &[(
            "filter",
            &format!(r#"userName eq "{}""#, user.text("userName")),
        )],
    )?;
    lab.expect(
        !answer.text.contains(secret),
        "no answer with a password in it",
        "the password",
    )
}

fn has_found(lab: &Lab<'_>, user: &Made, comparison: &str) -> Result<bool, Stop> {
    let filter = format!(
        r#"userName eq "{}" and {comparison}"#,
        user.text("userName")
    );
    let answer = lab.list(lab.users(), &[("filter", &filter)])?.survives()?;
    Ok(answer.status == 200
        && answer
            .resources()
            .iter()
            .any(|it| text(it, "id") == user.id))
}

pub(super) fn sensitive_works_by_post(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    for filter in [
        r#"userName eq "{tag}-ada""#,
        r#"emails.value eq "{tag}-ada@corp.example""#,
        r#"name.familyName eq "Varga""#,
    ] {
        let filter = people.fill(filter).unwrap_or_default();
        let answer = lab.list(lab.users(), &[("filter", &filter), ("count", "1")])?;
        if answer.status == 403 && answer.text_at("scimType") == "sensitive" {
            let body = json!({ "schemas": [SEARCH_REQUEST], "filter": filter, "count": 1 });
            lab.post(format!("{}/.search", lab.users()), &body)?
                .is(200)?;
            return Ok(());
        }
    }
    Err(Stop::NotOffered(
        "no filter is refused as sensitive".to_owned(),
    ))
}

/// The whole list: other checks add to it meanwhile, but our own users are certainly in it.
pub(super) fn too_many_is_said(lab: &Lab<'_>) -> Verdict {
    let ours = lab.people()?.persons.len() as u64;
    let answer = lab.list(lab.users(), &[("count", "2")])?;
    if answer.status != 200 {
        answer.refused(400, "tooMany")?;
        return Ok(());
    }
    let total = answer.total()?;
    if total >= ours {
        return Ok(());
    }
    Err(answer.wrong(
        format!("400 with tooMany, or a totalResults that counts all users (the suite alone has made {ours})"),
        format!("totalResults {total}"),
    ))
}

pub(super) fn deep_and_long(lab: &Lab<'_>) -> Verdict {
    let name = lab.name();
    let one = format!(r#"userName eq "{name}""#);
    let deep = format!("{}{one}{}", "(".repeat(2000), ")".repeat(2000));
    let nots = format!("{}{one}{}", "not (".repeat(500), ")".repeat(500));
    let long = vec![one.as_str(); 100_000 / (one.len() + 4)].join(" or ");
    let wide = format!(r#"userName eq "{}""#, "a".repeat(100_000));
    for filter in [deep, nots, long, wide] {
        let body = json!({ "schemas": [SEARCH_REQUEST], "filter": filter, "count": 1 });
        let answer = lab
            .post(format!("{}/.search", lab.users()), &body)?
            .survives()?;
        if answer.status == 200 {
            answer.total()?;
        }
    }
    let deep = format!("{}{one}{}", "(".repeat(1000), ")".repeat(1000));
    lab.list(lab.users(), &[("filter", &deep), ("count", "1")])?
        .survives()?;
    lab.get(lab.users().to_owned() + "?count=1")?.is(200)?;
    Ok(())
}

/// `ne` and attributes without a value: the RFC does not say, but one server should say one thing.
pub(super) fn ne_of_nothing(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let finds = |filter: &str, names: &[&str]| -> Result<Option<bool>, Stop> {
        let Some(filter) = people.fill(filter) else {
            return Ok(None);
        };
        if people.expected(&filter)?.is_none() {
            return Ok(None);
        }
        let found = people.find(lab, &filter)?;
        let some = names.iter().filter(|it| found.names.contains(it)).count();
        Ok((found.answer.status == 200 && (some == 0 || some == names.len())).then_some(some > 0))
    };
    let plain = finds(r#"{text} ne "nothing""#, &["dee", "hal"])?;
    let inside = finds(r#"emails[display ne "nothing"]"#, &["cy", "dee", "eve"])?;
    let words = |it: bool| if it { "finds" } else { "does not find" };
    match (plain, inside) {
        (None, _) => Err(Stop::NotOffered(
            "`ne` cannot be asked of an attribute that some users lack".to_owned(),
        )),
        (Some(plain), Some(inside)) if plain != inside => Err(lab.wrong(
            "`ne` to treat attributes without a value in one way",
            format!(
                "`ne` {} users without the attribute, and in brackets {} values without it",
                words(plain),
                words(inside)
            ),
        )),
        (Some(plain), _) => {
            lab.note(format!(
                "`ne` {} resources that have no value of the attribute",
                words(plain)
            ));
            Ok(())
        }
    }
}
