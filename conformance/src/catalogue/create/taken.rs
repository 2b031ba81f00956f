//! Names that are taken.

use serde_json::json;

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::text;
use crate::lab::{Lab, with};

pub(super) fn duplicate_is_409(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    lab.make(lab.users(), &body)?;
    lab.post(lab.users(), &body)?.refused(409, "uniqueness")?;
    Ok(())
}

pub(super) fn duplicate_in_other_case_is_409(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    lab.make(lab.users(), &body)?;
    let shouted = text(&body, "userName").to_uppercase();
    lab.post(lab.users(), &with(body, json!({ "userName": shouted })))?
        .refused(409, "uniqueness")?;
    Ok(())
}

pub(super) fn duplicate_in_other_form_is_409(lab: &Lab<'_>) -> Verdict {
    let name = lab.name();
    same_name(lab, &format!("{name}-\u{e9}"), &format!("{name}-e\u{301}"))
}

pub(super) fn duplicate_in_other_width_is_409(lab: &Lab<'_>) -> Verdict {
    let name = lab.name();
    same_name(lab, &format!("{name}-a"), &format!("{name}-\u{ff41}"))
}

/// Expects that two names which PRECIS holds to be the same cannot both be taken.
fn same_name(lab: &Lab<'_>, first: &str, second: &str) -> Verdict {
    let post = |name: &str| -> Result<Answer, Stop> {
        let body = with(lab.user_body(), json!({ "userName": name }));
        lab.post(lab.users(), &body)
    };
    let answer = post(first)?;
    if (400..500).contains(&answer.status) {
        return Err(Stop::NotOffered(format!(
            "the server takes no such userName: {}",
            answer.summary()
        )));
    }
    lab.setup("POST", || answer.is(201))?;
    let answer = post(second)?.refused_as(&[(409, "uniqueness"), (400, "")])?;
    if answer.status == 400 {
        lab.note("such a name is refused as such, whether it is taken or not");
    }
    Ok(())
}

pub(super) fn name_of_deleted_is_free(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    let made = lab.make(lab.users(), &body)?;
    lab.setup("DELETE", || lab.delete(&made.path)?.is(204))?;
    lab.post(lab.users(), &body)?.is(201)?;
    Ok(())
}
