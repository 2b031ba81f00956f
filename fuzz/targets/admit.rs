//! Admission: what is admitted is canonical, so admitting it again, storing it and reading it
//! back, or replacing it by itself changes nothing.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::Value;
use vestibule_fuzz::idp::{Quirk, forgive_body};
use vestibule_fuzz::mutate;
use vestibule_fuzz::scim::admit::{Admitted, admit, replacing};
use vestibule_fuzz::scim::json;
use vestibule_fuzz::scim::resource::Attributes;
use vestibule_fuzz::scim::{error::ScimError, index};
use vestibule_fuzz::subject::{LENIENCIES, SUBJECTS, Subject};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::json(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = json::parse(bytes) else {
        return;
    };
    assert_eq!(json::parse(body.to_string().as_bytes()).as_ref(), Ok(&body));
    for quirks in LENIENCIES.iter() {
        for subject in SUBJECTS.iter() {
            send(quirks, subject, body.clone());
        }
    }
});

fn send(quirks: &[Quirk], subject: &Subject, mut body: Value) {
    let kind = subject.kind;
    forgive_body(quirks, kind, &mut body);
    let Ok(admitted) = admit(kind, body) else {
        return;
    };
    let attributes = &admitted.attributes;
    assert_eq!(again(subject, &admitted).as_ref(), Ok(&admitted));
    let stored = Attributes::from_document(&attributes.to_document()).ok();
    assert_eq!(stored.as_ref(), Some(attributes));
    assert_eq!(
        replacing(kind, attributes, attributes).as_ref(),
        Ok(attributes)
    );
    let _ = index::entries(kind, attributes);
    if let Ok(put) = replacing(kind, attributes, &subject.admitted.attributes) {
        let put = Admitted {
            attributes: put,
            members: Vec::new(),
        };
        assert_eq!(again(subject, &put).as_ref(), Ok(&put));
    }
}

/// Admits what was admitted, as a client that sends back what it read.
fn again(subject: &Subject, admitted: &Admitted) -> Result<Admitted, ScimError> {
    let mut map = admitted.attributes.clone().into_map();
    if let Some(members) = subject.kind.members {
        map.insert(members.name.clone(), Value::from(admitted.members.clone()));
    }
    let body = json::parse(Value::Object(map).to_string().as_bytes())?;
    admit(subject.kind, body)
}
