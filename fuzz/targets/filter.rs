//! Filters: what is read prints as itself, and what is resolved can be evaluated.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule_fuzz::idp::{forgive_filter, forgive_filter_text};
use vestibule_fuzz::scim::filter::{Filter, MAX_LENGTH, Scope, Unknown};
use vestibule_fuzz::subject::{LENIENCIES, SUBJECTS};

fuzz_target!(|text: &str| {
    for quirks in LENIENCIES.iter() {
        let text = forgive_filter_text(quirks, text);
        let Ok(filter) = Filter::parse(&text) else {
            continue;
        };
        reads_as_printed(&filter);
        for subject in SUBJECTS.iter() {
            let mut filter = filter.clone();
            forgive_filter(quirks, subject.kind, &mut filter);
            let scope = Scope::Resource(subject.kind);
            let strict = filter.resolve(scope, Unknown::Refuse);
            let lax = filter.resolve(scope, Unknown::Unassigned);
            if let Ok(lax) = &lax {
                let matched = lax.matches(&subject.shown);
                let negated = Filter::Not(Box::new(filter)).resolve(scope, Unknown::Unassigned);
                assert_ne!(negated.map(|it| it.matches(&subject.shown)), Ok(matched));
                assert!(lax.paths().iter().all(|path| !path.leaf().is_dropped()));
            }
            if strict.is_ok() {
                assert_eq!(strict, lax);
            }
        }
    }
});

/// A printed filter can be longer than what was read: blanks around brackets, brackets that were
/// not needed.
fn reads_as_printed(filter: &Filter) {
    let printed = filter.to_string();
    if printed.len() <= MAX_LENGTH {
        assert_eq!(Filter::parse(&printed).as_ref(), Ok(filter), "{printed}");
    }
}
