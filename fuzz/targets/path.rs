//! Paths of attributes and of PATCH operations: what is read prints as itself, and what is found
//! in a resource type is found again under the name that it is given.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule_fuzz::scim::filter::MAX_LENGTH;
use vestibule_fuzz::scim::patch::PatchPath;
use vestibule_fuzz::scim::path::AttrPath;
use vestibule_fuzz::scim::projection::Projection;
use vestibule_fuzz::subject::{SUBJECTS, Subject};

fuzz_target!(|text: &str| {
    if let Ok(path) = PatchPath::parse(text) {
        let printed = path.to_string();
        if printed.len() <= MAX_LENGTH {
            assert_eq!(PatchPath::parse(&printed), Ok(path), "{printed}");
        }
    }
    if let Ok(path) = AttrPath::parse(text) {
        assert_eq!(path.to_string(), text);
        SUBJECTS.iter().for_each(|subject| find(subject, &path));
    }
    let names: Vec<String> = text.split(',').map(str::to_owned).collect();
    for subject in SUBJECTS.iter() {
        project(subject, &names, &[]);
        project(subject, &[], &names);
    }
});

fn find(subject: &Subject, path: &AttrPath) {
    let Some(resolved) = subject.kind.resolve(path) else {
        return;
    };
    let name = AttrPath::parse(&resolved.to_string()).expect("a schema's name is a path");
    assert_eq!(subject.kind.resolve(&name), Some(resolved));
    let sorted_by = resolved.sort_value(&subject.shown);
    assert!(sorted_by.is_none() || resolved.values(&subject.shown).count() > 0);
}

fn project(subject: &Subject, attributes: &[String], excluded: &[String]) {
    let projection = Projection::new(attributes, excluded).expect("one of them is empty");
    let selection = projection.resolve(subject.kind);
    let once = selection.apply(subject.kind, subject.shown.clone());
    assert!(once.contains_key("id") && once.contains_key("schemas"));
    let twice = selection.apply(subject.kind, once.clone());
    assert_eq!(once, twice);
}
