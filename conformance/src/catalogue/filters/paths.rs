//! Sub-attributes, values of multi-valued attributes, schemas, and what every resource has.

use serde_json::json;

use super::rows::{Row, finds, finds_bare, finds_if_taken};
use crate::check::{Stop, Verdict};
use crate::json::text;
use crate::lab::Lab;
use crate::server::ENTERPRISE;

pub(super) const SUB_ATTRIBUTES: &[Row<'_>] = &[
    (r#"name.familyName eq "Novak""#, "eve fay"),
    (r#"name.givenName sw "D""#, "dee"),
    (r#"emails.value eq "{tag}-ada@house.example""#, "ada"),
    (r#"emails.value ew "corp.example""#, "ada dee eve fay hal"),
    (r#"emails.type eq "home""#, "ada bo gil hal"),
    (
        r#"emails.type eq "work" and emails.value ew "house.example""#,
        "ada cy fay hal",
    ),
];

pub(super) const DEFAULT_VALUE: &[Row<'_>] = &[
    (r#"emails eq "{tag}-ada@house.example""#, "ada"),
    (r#"emails co "@corp""#, "ada dee eve fay hal"),
    (r#"emails sw "{tag}-gil""#, "gil"),
];

pub(super) const SAME_VALUE: &[Row<'_>] = &[
    (
        r#"emails[type eq "work" and value co "@corp"]"#,
        "ada dee fay",
    ),
    (r#"emails[type eq "work" and value co "@house"]"#, "cy hal"),
    (r#"emails[type eq "home" and value co "@corp"]"#, "hal"),
    (r#"emails[value co "@house" and type eq "other"]"#, "fay"),
];

pub(super) const IN_BRACKETS: &[Row<'_>] = &[
    (r#"emails[type eq "home"]"#, "ada bo gil hal"),
    (
        r#"emails[type eq "home" or type eq "other"]"#,
        "ada bo eve fay gil hal",
    ),
    (r#"emails[not (type eq "work")]"#, "ada bo eve fay gil hal"),
    (
        r#"emails[(type eq "home" or type eq "other") and value co "@corp"]"#,
        "eve hal",
    ),
    ("phoneNumbers[type pr]", "ada bo"),
];

pub(super) const AROUND_BRACKETS: &[Row<'_>] = &[
    (
        r#"emails[type eq "work"] and name.familyName eq "Novak""#,
        "fay",
    ),
    (
        r#"name.familyName eq "Novak" and emails[type eq "work"]"#,
        "fay",
    ),
    (
        r#"emails[type eq "work" and value co "@house"] or userName ew "-ada""#,
        "ada cy hal",
    ),
    (r#"not (emails[type eq "work"])"#, "bo eve gil"),
    (
        r#"emails[type eq "work"] and emails[type eq "home"]"#,
        "ada hal",
    ),
];

pub(super) const NO_VALUES: &[Row<'_>] = &[
    (r#"phoneNumbers[type eq "mobile"]"#, "ada bo"),
    (r#"phoneNumbers[type eq "fax"]"#, ""),
    (r#"ims[value eq "nobody"]"#, ""),
    (r#"photos[type eq "photo"]"#, ""),
    (
        r#"not (phoneNumbers[type eq "mobile"])"#,
        "cy dee eve fay gil hal",
    ),
];

pub(super) const CORE_SCHEMA: &[Row<'_>] = &[
    (r#"{core}:userName eq "{tag}-ada""#, "ada"),
    (
        r#"userName sw "{tag}" and {core}:name.familyName eq "Novak""#,
        "eve fay",
    ),
    (
        r#"userName sw "{tag}" and {core}:emails[type eq "work" and value co "@house"]"#,
        "cy hal",
    ),
];

pub(super) const EXTENSION: &[Row<'_>] = &[
    (r#"{enterprise}:department eq "Tours""#, "ada"),
    (r#"{enterprise}:department eq "tours""#, "ada"),
    (r#"{enterprise}:department co "tours""#, "ada bo"),
    ("{enterprise}:costCenter pr", "ada cy"),
    (
        r#"{enterprise}:DEPARTMENT eq "Archive" and name.familyName eq "Iyer""#,
        "cy",
    ),
];

pub(super) const SHOUTED: &[Row<'_>] = &[(
    r#"URN:IETF:PARAMS:SCIM:SCHEMAS:EXTENSION:ENTERPRISE:2.0:USER:department eq "Tours""#,
    "ada",
)];

pub(super) const COMMON: &[Row<'_>] = &[
    (
        r#"meta.resourceType eq "User""#,
        "ada bo cy dee eve fay gil hal",
    ),
    ("meta.created pr", "ada bo cy dee eve fay gil hal"),
    ("meta.lastModified pr", "ada bo cy dee eve fay gil hal"),
    (r#"schemas eq "{core}""#, "ada bo cy dee eve fay gil hal"),
];

pub(super) const IDS: &[Row<'_>] = &[
    (r#"id eq "{ada}""#, "ada"),
    (r#"id eq "{ada}" or id eq "{bo}""#, "ada bo"),
    (r#"externalId eq "{tag}-Ada""#, "ada"),
    (r#"externalId eq "{tag}-nobody""#, ""),
];

pub(super) const EXACT_IDS: &[Row<'_>] = &[
    (r#"externalId eq "{tag}-Ada""#, "ada"),
    (r#"externalId eq "{tag}-ada""#, ""),
    (r#"externalId eq "{tag}-ADA""#, ""),
];

pub(super) fn sub_attributes(lab: &Lab<'_>) -> Verdict {
    finds(lab, SUB_ATTRIBUTES)
}

pub(super) fn default_value(lab: &Lab<'_>) -> Verdict {
    finds_if_taken(lab, DEFAULT_VALUE)
}

pub(super) fn same_value(lab: &Lab<'_>) -> Verdict {
    finds(lab, SAME_VALUE)
}

pub(super) fn in_brackets(lab: &Lab<'_>) -> Verdict {
    finds(lab, IN_BRACKETS)
}

pub(super) fn around_brackets(lab: &Lab<'_>) -> Verdict {
    finds(lab, AROUND_BRACKETS)
}

pub(super) fn no_values(lab: &Lab<'_>) -> Verdict {
    finds(lab, NO_VALUES)
}

pub(super) fn core_schema(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, CORE_SCHEMA)
}

pub(super) fn extension(lab: &Lab<'_>) -> Verdict {
    finds(lab, EXTENSION)
}

pub(super) fn shouted(lab: &Lab<'_>) -> Verdict {
    finds(lab, SHOUTED)
}

/// The manager has to exist: servers may look.
pub(super) fn manager(lab: &Lab<'_>) -> Verdict {
    let boss = lab.user()?;
    let extension = json!({ "manager": { "value": boss.id } });
    let schemas = json!([crate::server::USER, ENTERPRISE]);
    let user = lab.user_with(json!({ "schemas": schemas, ENTERPRISE: extension }))?;
    if text(
        &lab.read(&user)?.body,
        &format!("{ENTERPRISE}.manager.value"),
    ) != boss.id
    {
        return Err(Stop::Blocked(
            "the server does not keep manager.value".to_owned(),
        ));
    }
    let filter = format!(r#"{ENTERPRISE}:manager.value eq "{}""#, boss.id);
    let found = lab.find(lab.users(), &filter)?;
    let ids: Vec<&str> = found.iter().map(|it| text(it, "id")).collect();
    lab.expect(
        ids == [user.id.as_str()],
        "the one user who has this manager",
        format!("{} users", ids.len()),
    )
}

pub(super) fn common(lab: &Lab<'_>) -> Verdict {
    finds(lab, COMMON)
}

pub(super) fn location(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let ada = people.persons.iter().find(|it| it.name == "ada");
    let location = ada.map_or("", |it| it.made.text("meta.location"));
    if location.is_empty() {
        return Err(Stop::Blocked("users have no meta.location".to_owned()));
    }
    finds_if_taken(
        lab,
        &[(&format!(r#"meta.location eq "{location}""#), "ada")],
    )
}

pub(super) fn ids(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, IDS)
}

pub(super) fn exact_ids(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, EXACT_IDS)
}
