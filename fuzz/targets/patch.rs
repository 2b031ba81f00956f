//! PATCH: whatever is applied leaves a resource that could have been created so, and an operation
//! without a filter changes nothing when it comes again.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::{Value, json};
use vestibule_fuzz::idp::{Quirk, forgive_operations, forgive_patch};
use vestibule_fuzz::mutate;
use vestibule_fuzz::scim::admit::admit;
use vestibule_fuzz::scim::json;
use vestibule_fuzz::scim::patch::{self, MemberEdit, PATCH_SCHEMA};
use vestibule_fuzz::scim::resource::Attributes;
use vestibule_fuzz::subject::{LENIENCIES, SUBJECTS, Subject};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::json(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = json::parse(bytes) else {
        return;
    };
    // an array is taken for the operations alone
    let message = match body {
        Value::Array(operations) => json!({ "schemas": [PATCH_SCHEMA], "Operations": operations }),
        message => message,
    };
    for quirks in LENIENCIES.iter() {
        for subject in SUBJECTS.iter() {
            send(quirks, subject, message.clone());
        }
    }
});

fn send(quirks: &[Quirk], subject: &Subject, mut message: Value) {
    let kind = subject.kind;
    forgive_patch(quirks, kind, &mut message);
    let Ok(mut operations) = patch::parse(message) else {
        return;
    };
    forgive_operations(quirks, kind, &mut operations);
    let is_repeatable = match operations.as_slice() {
        [only] => only.path.as_ref().is_none_or(|path| path.filter.is_none()),
        _ => false,
    };
    let Ok(plan) = patch::plan(kind, operations) else {
        return;
    };
    for edit in &plan.members {
        check_members(subject, edit);
    }
    let Ok(after) = plan.apply(kind, &subject.admitted.attributes) else {
        return;
    };
    check_valid(subject, &after);
    if is_repeatable {
        assert_eq!(plan.apply(kind, &after).as_ref(), Ok(&after));
    }
}

/// The attributes are what admission makes of them, and their document reads as themselves.
fn check_valid(subject: &Subject, after: &Attributes) {
    let document = after.to_document();
    let read = json::parse(document.as_bytes()).expect("a document is strict JSON");
    assert_eq!(
        Attributes::from_document(&document).ok().as_ref(),
        Some(after)
    );
    let admitted = admit(subject.kind, read).map(|admitted| admitted.attributes);
    assert_eq!(admitted.as_ref(), Ok(after));
}

/// A removal that names ids removes exactly those.
fn check_members(subject: &Subject, edit: &MemberEdit) {
    let (MemberEdit::Remove(filter), Some(attribute)) = (edit, subject.kind.members) else {
        return;
    };
    let ids = MemberEdit::removed_ids(filter);
    for member in &subject.admitted.members {
        let matches = filter.matches_element(attribute, member);
        if let (Some(ids), Some(id)) = (&ids, member.get("value").and_then(Value::as_str)) {
            assert_eq!(matches, ids.contains(&id));
        }
    }
}
